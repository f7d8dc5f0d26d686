/** A table so long that each look costs more than a tenth of the interval. */
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {after, test} from 'node:test';
import {fakeProc} from '../live/fake-proc.ts';
import {runBin, startBin} from './bin.ts';

const ROWS = 60_000;
const proc = fakeProc();
after(() => proc.remove());

const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');
const row = (at: number) =>
	`${`${at}: 0100000A:${hex(1024 + at, 4)} 0200000A:1F90 01 00000000:00000000 00:00000000 00000000     0        0 ${at + 1} 1 0000000000000000 20 4 0 10 -1`.padEnd(149)}\n`;
proc.add({
	pid: 41,
	comm: 'traefik',
	exe: '/bin/traefik',
	files: {
		'net/tcp': `${'  sl  local_address rem_address   st'.padEnd(149)}\n${Array.from({length: ROWS}, (_, at) => row(at)).join('')}`,
		'net/tcp6': '  sl\n',
	},
});

type Line = {
	readonly type: string;
	readonly backoff: {readonly intervalMs: number; readonly wantedIntervalMs: number; readonly costMs: number} | null;
	readonly instances: readonly {readonly notes: readonly string[]}[];
};
const FLAGS = ['--proc-root', proc.root, '--source', 'text', '--interval', '100ms'];

test('watch looks more rarely, and says so in the JSON', async () => {
	const child = startBin(['watch', ...FLAGS]);
	const ended = once(child, 'close');
	try {
		for await (const text of createInterface({input: child.stdout})) {
			const line = JSON.parse(text) as Line;
			if (line.type !== 'snapshot' || line.backoff === null) continue;
			const {intervalMs, wantedIntervalMs, costMs} = line.backoff;
			assert.equal(wantedIntervalMs, 100);
			// rounded, so that 10.3 is 10
			assert.ok(costMs >= 10 && intervalMs > 100 && costMs <= intervalMs / 10, JSON.stringify(line.backoff));
			assert.match(
				line.instances[0]?.notes.at(-1) ?? '',
				/^read every .* not every 100 ms: a look costs .* of CPU time$/,
			);
			break;
		}
	} finally {
		child.kill('SIGINT');
		await ended;
	}
});

test('with --no-backoff it never does', async () => {
	const child = startBin(['watch', '--no-backoff', ...FLAGS]);
	const ended = once(child, 'close');
	let looks = 0;
	try {
		for await (const text of createInterface({input: child.stdout})) {
			const line = JSON.parse(text) as Line;
			if (line.type !== 'snapshot') continue;
			assert.equal(line.backoff, null);
			if (++looks === 12) break;
		}
	} finally {
		child.kill('SIGINT');
		await ended;
	}
});

test('--no-backoff is refused for a recording', async () => {
	const {code, stderr} = await runBin(['snapshot', '--no-backoff', 'any.capture']);
	assert.equal(code, 2);
	assert.match(stderr, /--no-backoff is for the live view, not for a recording/);
});
