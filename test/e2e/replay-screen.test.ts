/** The replay on a real terminal, from the built program: what is shown, and that keys reach it. */
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {CaptureWriter} from '../../src/capture/writer.ts';
import type {Row} from '../../src/parse/row.ts';
import {dial, T, tickOf} from '../capture/readings.ts';
import {KEY, type PtyScreen, withScreen} from '../ui/pty.ts';
import {PROGRAM_IN_SHELL} from './bin.ts';

const folder = mkdtempSync(join(tmpdir(), 'replay-screen-'));
const CAPTURE = join(folder, 'hour.capture');
after(() => rmSync(folder, {recursive: true}));

const SECONDS = 3600;
const clockOf = (second: number) => new Date(T + second * 1000).toISOString().slice(11, 19);
const isStuck = (second: number) => second >= 2400 && second < 2700;

function rowsAt(second: number): Partial<Row>[] {
	const state = isStuck(second) ? {state: 8, rxQueue: 1} : {state: 1};
	return Array.from({length: 20}, (_, i) => dial(40_000 + i, {...state, quick: second % 8, timer: 2}));
}

before(async () => {
	const writer = new CaptureWriter(CAPTURE);
	for (let second = 0; second < SECONDS; second++) {
		const monotonicMs = 1000 + second * 1000;
		await writer.write(tickOf(T + second * 1000, rowsAt(second), {isAlone: true, intervalMs: 1000, monotonicMs}));
	}
	await writer.close();
});

async function replay(command: string, body: (screen: PtyScreen) => Promise<void>): Promise<void> {
	const shell = `export XDG_CONFIG_HOME=/nonexistent; ${command}; echo "ended: $?"`;
	await withScreen({columns: 120, rows: 30, shell}, async (screen) => {
		await screen.sees('REPLAY');
		await screen.sees(/:8080/);
		await body(screen);
		screen.press('q');
		await screen.sees('ended: 0');
		assert.equal(screen.isAlternate(), false);
	});
}

const START = `${PROGRAM_IN_SHELL} replay`;

for (const [what, command] of [
	['a file', `${START} ${CAPTURE}`],
	['standard input, keys from the terminal', `cat ${CAPTURE} | ${START} -`],
	['a file that may grow', `${START} --follow --at 0% ${CAPTURE}`],
] as const) {
	test(`plays ${what}, jumps and pauses`, async () => {
		await replay(command, async (screen) => {
			screen.press(' ');
			await screen.sees('‖ REPLAY');
			screen.press('5');
			await screen.sees(clockOf(Math.round((SECONDS - 1) / 2)).slice(0, 7));
			screen.press('t');
			await screen.sees('‖ REPLAY');
			screen.press(KEY.end);
			await screen.sees(clockOf(SECONDS - 1));
			await screen.sees(/100 %/);
			screen.press(KEY.home);
			await screen.sees(clockOf(0));
		});
	});
}

test('marks what a scan finds, and leads from finding to finding', async () => {
	await replay(`${START} ${CAPTURE}`, async (screen) => {
		screen.press(' ');
		await screen.sees('‖ REPLAY');
		// its lane
		await screen.sees('close-wait');
		screen.press(']');
		await screen.until('the close-wait finding', (text) => /▲ .*:8080/.test(text) && text.includes('close-wait'));
		screen.press('[');
		screen.press('9');
		await screen.sees(clockOf(Math.round((SECONDS - 1) * 0.9)).slice(0, 7));
		await screen.sees(/^.● .*:8080/m);
	});
});

test('answers keys while a jump is on its way', async () => {
	await replay(`${START} ${CAPTURE}`, async (screen) => {
		// one read: the help must not wait for the states at 90 %
		screen.press('9?');
		await screen.sees('A backend is one address that Traefik dials');
		screen.press(`${KEY.escape}`);
		await screen.sees(/:8080/);
		screen.press(`8${KEY.left}${KEY.left}`);
		await screen.sees(clockOf(Math.round((SECONDS - 1) * 0.8) - 10).slice(0, 7));
	});
});
