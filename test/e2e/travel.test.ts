/** The way back in time of the live view, on a real terminal, from the built program. */
import assert from 'node:assert/strict';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {stripVTControlCharacters} from 'node:util';
import {fakeProc} from '../live/fake-proc.ts';
import {KEY, type PtyScreen, withScreen} from '../ui/pty.ts';
import {PROGRAM_IN_SHELL, runBin} from './bin.ts';

const PID = 4121;
const proc = fakeProc();
const folder = mkdtempSync(join(tmpdir(), 'travel-'));
after(() => {
	proc.remove();
	rmSync(folder, {recursive: true});
});

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const LISTENER =
	'   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 500 1 0 100 0 0 10 0';
/** 10.0.0.2:8080: connections that work, or dials that nobody answers. */
const dial = (i: number, isAnswered: boolean) => {
	const port = (40_000 + i).toString(16).toUpperCase();
	const rest = isAnswered ? '01 00000000:00000000 00:00000000 00000000' : '02 00000001:00000000 01:00000100 00000003';
	return `   ${i}: 0100000A:${port} 0200000A:1F90 ${rest}     0        0 ${600 + i} 1 0 20 4 30 10 -1`;
};

function tableOf(isAnswered: boolean): string {
	return [HEAD, LISTENER, ...Array.from({length: 6}, (_, i) => dial(i + (isAnswered ? 0 : 10), isAnswered)), ''].join(
		'\n',
	);
}

before(() => {
	proc.add({pid: 2, comm: 'kthreadd', flags: 0x00200000});
	const files = {'net/tcp': tableOf(true), 'net/tcp6': `${HEAD}\n`};
	proc.add({pid: PID, comm: 'traefik', exe: '/bin/traefik', files});
});

async function watch(body: (screen: PtyScreen) => Promise<void>): Promise<void> {
	proc.addFile(PID, 'net/tcp', tableOf(true));
	const command = `${PROGRAM_IN_SHELL} --proc-root ${proc.root} --source text --interval 200ms --tz UTC`;
	const shell = `cd ${folder}; export XDG_CONFIG_HOME=/nonexistent; ${command}; echo "ended: $?"`;
	await withScreen({columns: 150, rows: 30, shell}, async (screen) => {
		await screen.sees('● LIVE');
		await screen.sees('10.0.0.2:8080');
		await body(screen);
		screen.press('q');
		await screen.sees('ended: 0');
		assert.equal(screen.isAlternate(), false);
	});
}

const clockIn = (text: string) => /\d\d:\d\d:\d\d/.exec(text)?.[0] ?? '';

/** This many seconds on the screen's clock. */
async function pass(screen: PtyScreen, seconds: number): Promise<void> {
	const seen = new Set<string>();
	await screen.until(`${seconds} s`, (text) => seen.add(clockIn(text)).size > seconds);
}

test('a key that goes back is answered before the frame is there', async () => {
	await watch(async (screen) => {
		await pass(screen, 2);
		const from = screen.output.length;
		screen.press('T');
		await screen.sees(/◀ .*BACK/);
		await screen.until('a settled frame', (text) => /UTC {2}◀ .*BACK/.test(text));
		assert.match(stripVTControlCharacters(screen.output.slice(from)), /UTC(?: → [\d:]+)? … {2}◀/);
	});
});

test('the view stays where it went while reading goes on, and comes back', async () => {
	await watch(async (screen) => {
		await pass(screen, 2);
		screen.press(KEY.home);
		const begin = clockIn(await screen.until('the oldest look', (text) => /UTC {2}◀ .*BACK/.test(text)));
		await screen.sees(/◀ [23] s BACK/);
		assert.equal(clockIn(screen.text()), begin);
		screen.press('ttt');
		await screen.until('a settled frame', (text) => /UTC {2}◀ .*BACK/.test(text));
		screen.press(KEY.end);
		await screen.sees('● LIVE');
		assert.notEqual(clockIn(screen.text()), begin);
		await pass(screen, 1);
	});
});

test('new findings are announced during time travel, and shown on the way back to now', async () => {
	await watch(async (screen) => {
		await pass(screen, 1);
		screen.press(KEY.home);
		await screen.until('the oldest look', (text) => /UTC {2}◀ .*BACK/.test(text));
		proc.addFile(PID, 'net/tcp', tableOf(false));
		await screen.sees(/ now: ✖ 10\.0\.0\.2:8080 unreachable/);
		assert.match(screen.text(), /● 10\.0\.0\.2:8080/);
		screen.press(']');
		await screen.sees(/✖ 10\.0\.0\.2:8080/);
		screen.press('T');
		await screen.sees(/● 10\.0\.0\.2:8080/);
		screen.press(KEY.end);
		await screen.sees('● LIVE');
		await screen.sees(/✖ 10\.0\.0\.2:8080/);
	});
});

test('w writes all that was read, R records what is read, while the view has gone back', async () => {
	await watch(async (screen) => {
		await pass(screen, 1);
		screen.press(KEY.home);
		await screen.until('the oldest look', (text) => /UTC {2}◀ .*BACK/.test(text));
		screen.press('w');
		await screen.sees(/written: \S*traefik-top-/);
		screen.press('R');
		await screen.sees('REC  ');
		await screen.sees(/◀ [2-5] s BACK/);
		screen.press('R');
		await screen.sees(/recorded: \S*traefik-top-/);
	});
	const files = readdirSync(folder);
	assert.equal(files.length, 2);
	for (const file of files) {
		const {snapshots} = JSON.parse((await runBin(['report', '--format', 'json', join(folder, file)])).stdout);
		assert.ok(snapshots >= 2, `${file}: ${snapshots}`);
	}
});
