/**
How much memory stays with what runs all day: the screen, `watch` and `status --follow`, at 2,000 sockets for MINUTES, then
while TRAEFIKS come for a minute, and after they have gone:

    node bench/resident.ts [MINUTES=10] [TRAEFIKS=60]

PSS counts a page that several processes map in parts, so it depends on which other Node runs (this one does); what is
private is theirs alone. A Node that does nothing stands beside them. Root, `ip`, python3.
*/
import {type ChildProcess, spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {spawn as spawnPty} from '@lydell/node-pty';
import {makeSockets, whyNoSockets} from '../test/lab/sockets.ts';
import {startFarm} from './farm.ts';

const SCREEN_BUDGET_MB = 48;
const [minutes, traefiks] = [Number(process.argv[2] ?? 10), Number(process.argv[3] ?? 60)];
const BIN = path.join(import.meta.dirname, '../bin/traefik-top.js');
const BACKENDS = 3;

const why = whyNoSockets();
if (why !== false) {
	console.error(`bench/resident.ts: ${why}`);
	process.exit(1);
}

function memoryOf(pid: number): {pssMb: number; privateMb: number} {
	const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
	const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) / 1024;
	return {pssMb: field('Pss'), privateMb: field('Private_Dirty')};
}

const lab = await makeSockets({4: {established: 2_000}}, 'tt-resident');
// only the farm of another benchmark shares one of these names
const WHICH = ['--match', '^tt-(resident|traefik)$'];
const children: ChildProcess[] = [];
const start = (...args: string[]) => {
	const child = spawn(process.execPath, args, {stdio: 'ignore'});
	children.push(child);
	return child.pid ?? 0;
};
const screen = spawnPty(process.execPath, [BIN, ...WHICH], {cols: 120, rows: 32, name: 'xterm-256color'});
screen.onData(() => {});
const pids = {
	screen: screen.pid,
	watch: start(BIN, 'watch', ...WHICH),
	'status --follow': start(BIN, 'status', '--follow', ...WHICH),
	'a bare node': start('-e', 'setInterval(() => {}, 1000)'),
};
const tell = (when: string) => {
	for (const [name, pid] of Object.entries(pids)) {
		const {pssMb, privateMb} = memoryOf(pid);
		console.log(`${when.padEnd(24)} ${name.padEnd(16)} PSS ${pssMb.toFixed(0)} MB, private ${privateMb.toFixed(0)} MB`);
	}
};
try {
	await sleep(60_000);
	tell('after 1 min');
	await sleep((minutes - 1) * 60_000);
	tell(`after ${minutes} min`);
	const pss = memoryOf(screen.pid).pssMb;
	console.log(
		`screen: ${pss.toFixed(0)} MB PSS, budget ≤ ${SCREEN_BUDGET_MB}: ${pss <= SCREEN_BUDGET_MB ? 'kept' : 'EXCEEDED'}`,
	);
	const farm = await startFarm({traefiks, backends: BACKENDS, others: 0});
	try {
		await sleep(60_000);
		tell(`with ${traefiks} Traefiks`);
	} finally {
		farm.close();
	}
	for (const after of [1, 3, 5, 7]) {
		await sleep(after === 1 ? 60_000 : 120_000);
		tell(`${after} min after them`);
	}
} finally {
	screen.kill('SIGTERM');
	for (const child of children) child.kill('SIGTERM');
	await lab.close();
}
