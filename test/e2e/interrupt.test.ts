import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {setImmediate} from 'node:timers/promises';
import {HEAD4, row4} from '../saved/kernel-text.ts';
import {collect, startBin} from './bin.ts';

const folder = mkdtempSync(join(tmpdir(), 'interrupt-'));
after(() => rmSync(folder, {recursive: true}));

/** Longer to read than any signal takes. */
const SNAPSHOTS = 60_000;
const capture = join(folder, 'long.capture');
const saved = join(folder, 'long.txt');
const table = HEAD4 + row4(40000, 5);
const indices = Array.from({length: SNAPSHOTS}, (_, i) => i);
writeFileSync(
	capture,
	indices.map((i) => `traefik-top/1 time=${1795368814000 + i * 1000} rows=text\n:proc net\n${table}end -\n`).join(''),
);
writeFileSync(saved, indices.map((i) => `${1795368814 + i}\n${table}`).join(''));

/** Resolves when a process has the file open: it is being read. */
async function isRead(pid: number | undefined, path: string): Promise<void> {
	for (;;) {
		const fds = `/proc/${pid}/fd`;
		const links = readdirSync(fds).map((fd) => {
			try {
				return readlinkSync(`${fds}/${fd}`);
			} catch {
				return ''; // closed again
			}
		});
		if (links.includes(path)) return;
		await setImmediate();
	}
}

const target = join(folder, 'to.capture');
const runs: [args: readonly string[], path: string][] = [
	[['report', capture], capture],
	[['report', saved], saved],
	[['watch', capture], capture],
	[['replay', capture], capture],
	[['record', '--from', capture, '-o', target], capture],
];
for (const [args, path] of runs) {
	for (const [signal, code] of [
		['SIGINT', 130],
		['SIGTERM', 143],
	] as const) {
		test(`${args.join(' ').replaceAll(`${folder}/`, '')} ends at the first ${signal}`, async () => {
			const child = startBin(args);
			const ended = collect(child);
			await isRead(child.pid, path);
			child.kill(signal);
			const ran = await ended;
			assert.equal(ran.code, code, ran.stderr);
			if (args[0] === 'report') assert.equal(ran.stdout, '');
			assert.deepEqual(
				readdirSync(folder).filter((name) => name.startsWith('to.capture')),
				[],
			);
		});
	}
}

for (const args of [
	['watch', capture],
	['replay', capture],
]) {
	test(`${args[0]} ends at the first SIGTERM while nobody reads what it prints`, async () => {
		const child = startBin(args);
		child.stdout.once('data', () => {
			child.stdout.pause();
			// whatever the pipe and this end still take is taken by then
			child.kill('SIGTERM');
		});
		const code = await new Promise((resolve) => child.once('exit', resolve));
		assert.equal(code, 143);
	});
}

test('snapshot, status, check and report agree on a recording whose clock was set back', async () => {
	const path = join(folder, 'back');
	mkdirSync(path);
	const file = join(path, 'x.capture');
	const times = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -500, -499, -498, -497, -496].map((s) => 1795368814000 + s * 1000);
	writeFileSync(file, times.map((time) => `traefik-top/1 time=${time} rows=text\n:proc net\n${table}end -\n`).join(''));
	const run = async (...args: string[]) => {
		const child = startBin(args);
		child.stdin.end();
		return (await collect(child)).stdout;
	};
	const snapshot = JSON.parse(await run('snapshot', '--json', file)) as {time: number; instances: unknown[]};
	assert.equal(snapshot.time, times.at(-1));
	assert.equal(snapshot.instances.length, 1);
	const status = JSON.parse(await run('status', '--format', 'json', file)) as {time: number; state: string};
	assert.deepEqual([status.time, status.state], [times.at(-1), 'ok']);
	assert.match(await run('check', file), /^TRAEFIK OK/);
	const report = JSON.parse(await run('report', '--format', 'json', file)) as Record<string, number>;
	assert.deepEqual([report['snapshots'], report['from'], report['to']], [15, times[10], times[9]]);
	const watched = (await run('watch', file))
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line) as {type: string; time: number});
	assert.deepEqual(
		watched.filter(({type}) => type === 'snapshot').map(({time}) => time),
		times,
	);
	assert.equal((await run('replay', file)).match(/^.*UTC/gm)?.length, 15);
	for (const time of times) {
		const at = JSON.parse(await run('snapshot', '--json', '--at', `${time}`, file)) as {time: number};
		assert.equal(at.time, time);
	}
});
