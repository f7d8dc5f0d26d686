import assert from 'node:assert/strict';
import {EventEmitter, once} from 'node:events';
import {test} from 'node:test';
import type {WriteStream} from 'node:tty';
import {inkOutput} from '../../../src/ui/terminal/ink-output.ts';

const ENTER = '\u001b[?1049h';
const LEAVE = '\u001b[?1049l';
const HIDE = '\u001b[?25l';
const SHOW = '\u001b[?25h';

/** What reached the terminal, and what was said of it. */
function open() {
	const seen = {written: [] as string[], frames: [] as string[], screens: [] as boolean[]};
	const terminal = Object.assign(new EventEmitter(), {
		...{columns: 80, rows: 24, isTTY: true},
		write(data: string, done?: () => void) {
			seen.written.push(data);
			done?.();
			return true;
		},
	});
	const output = inkOutput(terminal as unknown as WriteStream, {
		onFrame: (frame) => seen.frames.push(frame),
		onScreen: (isOurs) => seen.screens.push(isOurs),
	});
	return {...seen, terminal, output};
}

test('a frame of marks goes to the sheet, not to the terminal', () => {
	const {output, frames, written} = open();
	output.write('\ue000\ue001\n\ue002');
	assert.deepEqual(frames, ['\ue000\ue001\n\ue002']);
	assert.deepEqual(written, []);
});

test('the alternate screen is entered without a cursor, and left', () => {
	const {output, screens, written} = open();
	output.write(ENTER);
	output.write(LEAVE);
	output.write(SHOW);
	assert.deepEqual(written, [ENTER + HIDE, LEAVE, SHOW]);
	assert.deepEqual(screens, [true, false]);
});

test('erasing lines that Ink never wrote is dropped', async () => {
	const {output, frames, written} = open();
	const done = new Promise<void>((resolve) => output.write('\u001b[2K\u001b[1A\u001b[G', () => resolve()));
	await done;
	assert.deepEqual([written, frames], [[], []]);
});

test('an empty write comes back when all before it are written', async () => {
	const {output, written} = open();
	await new Promise<void>((resolve) => output.write('', () => resolve()));
	assert.deepEqual(written, ['']);
});

test('the size and the events are those of the terminal', async () => {
	const {output, terminal} = open();
	assert.deepEqual([output.columns, output.rows, output.isTTY], [80, 24, true]);
	const resized = once(output, 'resize');
	terminal.columns = 100;
	terminal.emit('resize');
	await resized;
	assert.equal(output.columns, 100);
});
