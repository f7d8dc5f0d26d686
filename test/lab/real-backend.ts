/** A backend of the lab that is a real web server: its processes in the host's namespace, and how its application behaves. */
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {type Agent, startAgent} from './agent.ts';
import type {BackendOptions, BackendOrder, Behaviour} from './agents/backend.ts';
import type {Backend} from './backend-process.ts';
import type {BackendName} from './lab.ts';
import type {Network} from './network.ts';
import {behaviourFile, type Plan, type Server, type Site} from './servers/server.ts';

const READY_WITHIN_MS = 30_000;
/** What "never" is to an application that sleeps. */
const NEVER_MS = 3_600_000;

type Processes = {readonly children: readonly ChildProcess[]; readonly application: Agent<BackendOrder, object> | null};

export async function makeRealBackend(
	network: Network,
	server: Server,
	site: Site & {readonly name: BackendName},
	address: string,
	usual: Behaviour,
	certificate: object,
): Promise<Backend> {
	const {folder, tuning} = site;
	mkdirSync(folder);
	chmodSync(path.dirname(folder), 0o711); // the server may run as a user of its own
	const plan = server.plan(site);
	for (const [file, text] of Object.entries(plan.files)) writeFileSync(path.join(folder, file), text);
	const first = {...usual, closes: tuning.keepAliveSeconds === 0};
	let behaviour: Behaviour = first;
	const behave = (next: Behaviour) => {
		behaviour = next;
		writeBehaviour(folder, behaviour);
	};
	const start = () => {
		behave(first);
		return startProcesses(network, plan, site, first, certificate);
	};
	let {children, application} = await start();
	return {
		name: site.name,
		address,
		get pid() {
			return children[0]?.pid ?? application?.pid ?? 0;
		},
		get workers() {
			const pid = children[0]?.pid;
			return pid === undefined ? [] : childrenOf(pid);
		},
		order: (order) => {
			behave({...behaviour, ...order});
			application?.send(order);
		},
		kill: (signal = 'SIGKILL') => {
			// Asked to end, a master process tells its workers; killed or stopped, it cannot.
			if (signal === 'SIGTERM' && children.length > 0) return void children[0]?.kill(signal);
			for (const child of children) signalGroup(child, signal);
			application?.kill(signal);
		},
		start: async () => {
			({children, application} = await start());
		},
		reload: () => {
			if (server.reloadSignal === undefined) throw new Error('this server cannot be reloaded');
			children[0]?.kill(server.reloadSignal);
		},
		get exited() {
			return Promise.all([
				...children.map(exitOf),
				...(children.length === 0 && application ? [application.exited] : []),
			]);
		},
	};
}

async function startProcesses(
	network: Network,
	plan: Plan,
	{name, folder, host, port, isHttp2, pem}: Site & {readonly name: BackendName},
	behaviour: Behaviour,
	certificate: object,
): Promise<Processes> {
	const isAlone = plan.commands.length === 0;
	const protocol = pem === null || !isAlone ? 'http' : isHttp2 ? 'h2' : 'https';
	const application =
		plan.application === undefined
			? null
			: await startAgent<BackendOrder, object>(network, name, 'backend', {
					name,
					host,
					port,
					protocol,
					behaviour,
					...(isAlone && certificate),
					...plan.application,
				} satisfies BackendOptions);
	const log = openSync(path.join(folder, 'output.log'), 'a');
	const children = plan.commands.map((command) =>
		spawn('ip', ['netns', 'exec', network.namespace(name), ...command], {
			stdio: ['ignore', log, log],
			detached: true,
			cwd: folder,
			env: {...process.env, LAB_NAME: name, LAB_BEHAVIOUR: behaviourFile(folder)},
		}),
	);
	closeSync(log);
	if (!isAlone) await listening(network, name, host, port, children, folder);
	return {children, application};
}

/** Waits for the LISTEN socket; connecting to it would already be traffic. */
async function listening(
	network: Network,
	name: BackendName,
	host: string,
	port: number,
	children: readonly ChildProcess[],
	folder: string,
): Promise<void> {
	const until = Date.now() + READY_WITHIN_MS;
	while (Date.now() < until) {
		if (children.some(({exitCode}) => exitCode !== null)) break;
		const rows = await network.inside(name, 'ss', '-Hltn', 'sport', '=', `:${port}`);
		if (rows.split('\n').some((row) => row.split(/\s+/)[3]?.startsWith(/^(0\.0\.0\.0|::)$/.test(host) ? '' : host)))
			return;
		await sleep(100);
	}
	throw new Error(
		`the server of ${name} does not listen: ${readFileSync(path.join(folder, 'output.log'), 'utf8').trim()}`,
	);
}

function writeBehaviour(folder: string, {latencyMs, tail, closes, isBlocking, status}: Behaviour): void {
	const file = behaviourFile(folder);
	const values = {
		latencyMs,
		tailShare: tail?.share ?? 0,
		tailMs: tail ? (tail.ms ?? NEVER_MS) : 0,
		closes: Number(closes ?? false),
		isBlocking: Number(isBlocking ?? false),
		status: status ?? 200,
	};
	const lines = Object.entries(values).map(([key, value]) => `${key}=${value}\n`);
	writeFileSync(`${file}.new`, lines.join(''));
	renameSync(`${file}.new`, file); // a request must not read half of it
}

function signalGroup({pid, exitCode, signalCode}: ChildProcess, signal: NodeJS.Signals): void {
	if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, signal);
}

function exitOf(child: ChildProcess): Promise<unknown> {
	return child.exitCode === null && child.signalCode === null ? once(child, 'exit') : Promise.resolve();
}

function childrenOf(pid: number): number[] {
	try {
		return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
	} catch {
		return [];
	}
}
