/** npm run lab -- SCENARIO: a real Traefik, a real fault, and the screen on it. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import os from 'node:os';
import path from 'node:path';
import {type CommandLine, parseCommandLine, USAGE, UsageError} from './command-line.ts';
import {type Lab, startLab, whyNoLab} from './lab.ts';
import {whyNoServer, whyUnsuitable} from './suitable.ts';
import {writeTruth} from './truth.ts';

function say(timeMs: number, what: string, details: string): void {
	console.log(`${new Date(timeMs).toISOString().slice(11, 23)}  ${what}  ${details}`);
}

async function play(lab: Lab, {scenario, seconds, faultAtSeconds, faultForSeconds}: CommandLine): Promise<void> {
	const wait = (duration: number) => lab.sleep(duration * 1000);
	await wait(faultAtSeconds);
	await Promise.all([scenario.on?.(lab), wait(faultForSeconds)]);
	await scenario.off?.(lab);
	await wait(Math.max(0, seconds - faultAtSeconds - faultForSeconds));
}

/** The tool, on this lab's Traefik and no other. */
async function view(lab: Lab): Promise<void> {
	const bin = path.join(import.meta.dirname, '../../bin/traefik-top.js');
	const child = spawn(process.execPath, [bin, '--match', lab.match], {stdio: 'inherit'});
	await once(child, 'exit');
}

async function repeat(once: () => Promise<void>): Promise<never> {
	for (;;) await once();
}

async function run(line: CommandLine): Promise<number> {
	const {scenario, hasView} = line;
	const lab = await startLab({
		...line.options,
		onEvent: ({t_ms, event, ...details}) => hasView || say(t_ms, event, Object.values(details).join(' ')),
		onApi: ({timeMs, service, server, status}) =>
			!hasView && service.startsWith('all') && say(timeMs, `API: ${service} ${server}`, status),
	});
	let code = 0;
	const stopped = new Promise<void>((resolve) => {
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
			process.once(signal, () => {
				code = 128 + os.constants.signals[signal];
				resolve();
			});
		}
	});
	try {
		await scenario.before?.(lab);
		if (!hasView) await Promise.race([play(lab, line), stopped]);
		else await Promise.race([view(lab), stopped, repeat(() => play(lab, line))]);
		if (!hasView) console.log('users saw', JSON.stringify(await lab.load.stats()));
	} finally {
		await lab.stop();
	}
	writeTruth(lab, line.recordingName, scenario.about, line.expect);
	return code;
}

async function main(): Promise<number> {
	const line = parseCommandLine(process.argv.slice(2), process.stdout.isTTY);
	if (line === null) {
		console.log(USAGE);
		return 0;
	}
	const unsuitable = whyUnsuitable(line.scenario, line.options);
	if (unsuitable !== null) throw new UsageError(unsuitable);
	const reason = whyNoLab() ?? whyNoServer(line.options.server ?? null);
	if (reason === null) return run(line);
	console.error(reason);
	return 1;
}

try {
	process.exit(await main());
} catch (error) {
	if (!(error instanceof UsageError)) throw error;
	console.error(error.message);
	process.exit(2);
}
