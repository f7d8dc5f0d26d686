/** The terminal as Ink sees it: frames go to the text slots and from there, cell by cell, to the terminal. */

import type {WriteStream} from 'node:tty';
import {onTopOf} from './on-top-of.ts';

const HIDE_CURSOR = '\u001b[?25l';
/** DECSET and DECRST: the alternate screen, the cursor. */
const MODES = /^(?:\u001b\[\?[\d;]+[hl])*$/;
const ENTERS = '\u001b[?1049h';
const LEAVES = '\u001b[?1049l';
const MARK = /[\ue000-\uf8ff]/;

export type InkOutput = {
	/** Ink has laid out a frame (of marks: text-slots.tsx). */
	onFrame(frame: string): void;
	/** The alternate screen has been entered, empty; or left: it must not be drawn on. */
	onScreen(isOurs: boolean): void;
};

/** To be used with Ink's `debug`, in which it writes each frame whole, at once, and leaves the comparing to others. */
export function inkOutput(stdout: WriteStream, {onFrame, onScreen}: InkOutput): WriteStream {
	const write = (data: string, done?: () => void): boolean => {
		if (MODES.test(data)) {
			// Ink in this mode does not hide it again when it comes back from a suspension.
			const isWritten = stdout.write(data.endsWith(ENTERS) ? data + HIDE_CURSOR : data, done);
			if (data.includes(ENTERS)) onScreen(true);
			else if (data.includes(LEAVES)) onScreen(false);
			return isWritten;
		}
		// What else there is, erases what Ink believes to be there, or is its own page about an error, which we print ourselves.
		if (MARK.test(data)) onFrame(data);
		if (typeof done === 'function') queueMicrotask(done);
		return true;
	};
	return onTopOf(stdout, (key) => (key === 'write' ? write : undefined));
}
