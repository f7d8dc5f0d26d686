import assert from 'node:assert/strict';
import {EventEmitter} from 'node:events';
import {PassThrough} from 'node:stream';
import {test} from 'node:test';
import {setImmediate} from 'node:timers/promises';
import {render} from 'ink';
import type {ScreenState} from '../../../src/ui/state/state.ts';
import {TextSlots, TextSlotsContext} from '../../../src/ui/terminal/text-slots.tsx';
import {newTheme} from '../../../src/ui/terminal/theme.ts';
import {App} from '../../../src/ui/views/app.tsx';
import {after, draw, press} from '../draw.tsx';
import {crowd, healthy, incident} from '../worlds.ts';

const SIZE = {columns: 140, rows: 40};
const theme = newTheme(0, false);

/** The screen on a slots, as start.tsx puts it there: the frames that Ink laid out, and what the slots makes of the last. */
function mount(first: ScreenState) {
	const frames: string[] = [];
	const stdout = Object.assign(new EventEmitter(), {
		...SIZE,
		isTTY: false,
		write: (data: string) => frames.push(data) > 0,
	});
	const stdin = Object.assign(new PassThrough(), {isTTY: true, setRawMode() {}, ref() {}, unref() {}});
	const slots = new TextSlots(() => {});
	const listeners = new Set<() => void>();
	let state = first;
	const store = {
		get: () => state,
		subscribe: (listener: () => void) => {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
	const app = (
		<TextSlotsContext value={slots}>
			<App {...{store, theme}} isCompact={false} onKey={() => {}} onMount={() => {}} />
		</TextSlotsContext>
	);
	const ink = render(app, {
		stdin: stdin as unknown as NodeJS.ReadStream,
		stdout: stdout as unknown as NodeJS.WriteStream,
		debug: true,
		interactive: true,
		patchConsole: false,
	});
	return {
		frames,
		show: async (next: ScreenState) => {
			state = next;
			for (const listener of listeners) listener();
			await setImmediate();
		},
		text: () => slots.fill(frames.at(-1) ?? '').join('\n'),
		unmount: () => ink.unmount(),
	};
}

/** Ink takes blanks at the end of a line away. */
const trimmed = (text: string) => text.replaceAll(/ +$/gm, '');
const drawn = (state: ScreenState) => trimmed(draw(state, SIZE));

test('text slots draw what Ink draws without them', () => {
	for (const state of [after(incident()), after(healthy()), after(incident(), press('help')), after(crowd(1000))]) {
		const screen = mount(state);
		assert.equal(trimmed(screen.text()), drawn(state));
		screen.unmount();
	}
});

test('numbers that change make Ink lay out nothing', async () => {
	const screen = mount(after(crowd(1000, 0)));
	// a busy machine may leave Ink's first frames for a later turn
	for (let turn = 0; turn < 20; turn++) await setImmediate();
	const {length} = screen.frames;
	const moved = after(crowd(1000, 1), press('down'));
	await screen.show(moved);
	assert.equal(screen.frames.length, length);
	assert.equal(trimmed(screen.text()), drawn(moved));
	screen.unmount();
});

test('another view is laid out again, and so is the way back', async () => {
	const screen = mount(after(incident()));
	await setImmediate();
	for (const state of [after(incident(), press('help')), after(incident(4)), after(incident(), press('open'))]) {
		await screen.show(state);
		assert.equal(trimmed(screen.text()), drawn(state));
	}
	screen.unmount();
});

test('a mark that was given back is handed out again', () => {
	const slots = new TextSlots(() => {});
	const mark = slots.take() ?? '';
	slots.put(mark, ['old']);
	slots.give(mark);
	assert.equal(slots.fill(mark).join(), '');
	assert.equal(slots.take(), mark);
});

test('a text is drawn as itself when no marks are left', () => {
	const slots = new TextSlots(() => {});
	const marks = new Set(Array.from({length: 6400}, () => slots.take()));
	assert.equal(marks.size, 6400);
	assert.equal(slots.take(), null);
});

test('only what has changed is news', () => {
	let changes = 0;
	const slots = new TextSlots(() => changes++);
	const mark = slots.take() ?? '';
	slots.put(mark, ['5', 'a']);
	slots.put(mark, ['5', 'a']);
	slots.put(mark, ['6', 'a']);
	slots.put(mark, ['6']);
	assert.equal(changes, 3);
});

test('a mark stands for its lines in their order', () => {
	const slots = new TextSlots(() => {});
	const [left = '', right = ''] = [slots.take() ?? '', slots.take() ?? ''];
	slots.put(left, ['a', 'b']);
	slots.put(right, ['1', '2']);
	assert.deepEqual(slots.fill(`${left} ${right}\n${left}${right}\n`), ['a 1', 'b2', '']);
	// Ink cuts what does not fit.
	assert.deepEqual(slots.fill(left), ['a']);
});
