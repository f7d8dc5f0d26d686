/** Where the demo plays: a lab with ten backends under load, and a shell on a host called lb1. */
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {type Lab, startLab} from '../../test/lab/lab.ts';
import type {Host} from '../../test/lab/network.ts';
import {onTheWire, toAndFromB2} from '../../test/lab/packets.ts';
import {Recorder} from './recorder.ts';

const ROOT = path.join(import.meta.dirname, '../..');

/** Beside the lab's own three. The rate is that of requests to this one alone. */
const MORE = [
	{name: 'sso-1', host: 'b4', port: 8080, latencyMs: 4, rate: 12},
	{name: 'pay-1', host: 'b4', port: 8081, latencyMs: 60, rate: 16},
	{name: 'doc-1', host: 'b4', port: 8082, latencyMs: 45, rate: 2},
	{name: 'web-1', host: 'b1', port: 8081, latencyMs: 12, rate: 6},
	{name: 'web-2', host: 'b3', port: 8081, latencyMs: 12, rate: 6},
	{name: 'img-1', host: 'b1', port: 8082, latencyMs: 35, rate: 8},
	{name: 'img-2', host: 'b3', port: 8082, latencyMs: 35, rate: 8},
] as const satisfies readonly {name: string; host: Host; port: number; latencyMs: number; rate: number}[];

/** How long a client waits, where it is not the lab's usual time. */
const PATIENCE: Readonly<Record<string, {readonly timeoutMs: number}>> = {'sso-1': {timeoutMs: 250}};

/** All of them. */
export const BACKENDS = MORE.length + 3;

const HOST_NAME = 'lb1';

export type Stage = {
	/** The network loses every packet from and to api-2, and has lost none again. */
	lose(): Promise<void>;
	restore(): Promise<void>;
	/** Clients of web-1 begin to read large answers slowly, and web-1 closes when it has sent them: CLOSE_WAIT. */
	readSlowly(): void;
	/** How long pay-1 takes to answer. */
	slow(latencyMs: number): void;
	/** A shell in a terminal of this size, in which `traefik-top` is this build. */
	shell(columns: number, rows: number): Recorder;
	close(): Promise<void>;
};

export async function setStage(): Promise<Stage> {
	const directory = mkdtempSync(path.join(os.tmpdir(), 'traefik-top-demo-'));
	const recorders: Recorder[] = [];
	const lab = await startLab({rate: 90, latencyMs: 25});
	const close = async () => {
		for (const recorder of recorders) recorder.close();
		await lab.stop();
		rmSync(directory, {recursive: true, force: true});
	};
	try {
		const {pay, web} = await furnish(lab);
		furnishHome(lab, directory);
		return {
			lose: () => onTheWire(lab, toAndFromB2('drop')).then(() => {}),
			restore: () => {
				lab.load.stop('readers');
				return lab.network.inside('net', 'nft', 'flush ruleset').then(() => {});
			},
			readSlowly: () => {
				void web.send({closes: true});
				lab.load.start({
					kind: 'readers',
					name: 'readers',
					path: '/web-1/?bytes=6000000',
					count: 14,
					bytesPerSecond: 30_000,
				});
				setTimeout(() => void web.send({closes: false}), 1000);
			},
			slow: (latencyMs) => pay.send({latencyMs}),
			shell: (columns, rows) => {
				const recorder = new Recorder({...shellOf(directory), columns, rows});
				recorders.push(recorder);
				return recorder;
			},
			close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}

async function furnish(lab: Lab) {
	const agents = new Map<string, Awaited<ReturnType<Lab['startAgent']>>>();
	const servers: Record<string, string> = {...lab.routing.servers};
	for (const {name, host, port, latencyMs} of MORE) {
		const address = lab.backends[host].address.replace(/\d+$/, String(port));
		if (port !== 8080) {
			const options = {name, port, protocol: 'http', behaviour: {latencyMs}};
			agents.set(name, await lab.startAgent(host, 'backend', options));
		} else lab.backends[host].order({latencyMs});
		servers[name] = address;
	}
	lab.reload({servers});
	for (const {name, rate} of MORE) lab.load.start({kind: 'requests', name, path: `/${name}`, rate, ...PATIENCE[name]});
	const [pay, web, sso] = [agents.get('pay-1'), agents.get('web-1'), lab.backends.b4];
	if (pay === undefined || web === undefined) throw new Error('pay-1 or web-1 is missing');
	// its clients give up on some answers: Traefik closes those connections, TIME_WAIT comes and goes, and nothing is wrong
	sso.order({tail: {share: 0.12, ms: 900}});
	return {pay, web};
}

/** The names of the backends are where a user's would be. */
function furnishHome(lab: Lab, directory: string): void {
	const names: Record<string, string> = {};
	for (const [index, name] of (['b1', 'b2', 'b3'] as const).entries()) {
		names[lab.backends[name].address] = `api-${index + 1}`;
	}
	for (const {name} of MORE) names[lab.routing.servers[name] ?? ''] = name;
	const config = path.join(directory, '.config/traefik-top');
	mkdirSync(config, {recursive: true});
	writeFileSync(path.join(config, 'config.json'), JSON.stringify({match: lab.match, names}));
	mkdirSync(path.join(directory, 'bin'));
	symlinkSync(path.join(ROOT, 'bin/traefik-top.js'), path.join(directory, 'bin/traefik-top'));
}

function shellOf(directory: string) {
	const rename = 'echo "$0" > /proc/sys/kernel/hostname; exec bash --norc --noprofile -i';
	const command = ['unshare', '--uts', 'sh', '-c', rename, HOST_NAME] as const;
	const folders = [path.join(directory, 'bin'), path.dirname(process.execPath), process.env['PATH'] ?? ''];
	return {
		command: [...command] as [string, ...string[]],
		cwd: directory,
		env: {
			PATH: folders.join(':'),
			HOME: directory,
			XDG_CONFIG_HOME: path.join(directory, '.config'),
			TERM: 'xterm-256color',
			COLORTERM: 'truecolor',
			LANG: 'C.UTF-8',
			PS1: `\\[\\e[1;36m\\]${HOST_NAME}\\[\\e[0m\\] # `,
			HISTFILE: '/dev/null',
		},
	};
}
