/** The terminal that a screen needs: somewhere to draw, and keys. */

import {openSync} from 'node:fs';
import {ReadStream, type WriteStream} from 'node:tty';
import {onTopOf} from '../../ui/terminal/on-top-of.ts';
import {KeyFilter} from '../../ui/terminal/terminal-input.ts';

export type Terminal = {readonly stdin: ReadStream; readonly stdout: WriteStream};

/** null: stdout is not a terminal, or no keys can be read. */
export function findTerminal(): Terminal | null {
	const {stdin, stdout} = process;
	if (!stdout.isTTY || process.env['TERM'] === 'dumb') return null;
	const sized = withSize(stdout, process.env);
	if (stdin.isTTY) return {stdin: keysOf(stdin), stdout: sized};
	try {
		// stdin carries a recording, or nothing: keys come from the terminal itself.
		return {stdin: keysOf(new ReadStream(openSync('/dev/tty', 'r'))), stdout: sized};
	} catch {
		return null;
	}
}

const DEFAULT_SIZE = {columns: 80, rows: 24};
/** No terminal is larger. */
const MAX_CELLS = 4096;

/**
The same stream, which has a size where the terminal reports none: a serial console, or a container's terminal before its
first resize, has 0 columns and 0 rows. Then COLUMNS and LINES hold, or 80×24, as elsewhere.
*/
export function withSize(stdout: WriteStream, env: NodeJS.ProcessEnv): WriteStream {
	const sizes = {columns: env['COLUMNS'], rows: env['LINES']};
	return onTopOf(stdout, (key) => {
		if (key !== 'columns' && key !== 'rows') return undefined;
		if (stdout[key] > 0) return stdout[key];
		const said = Number(sizes[key]);
		return Number.isInteger(said) && said > 0 && said <= MAX_CELLS ? said : DEFAULT_SIZE[key];
	});
}

/** How long to hold what may become an answer of the terminal: longer than the gaps within one. */
const HELD_MS = 50;

/** The same stream, of which only what was typed can be read. */
export function keysOf(stdin: ReadStream): ReadStream {
	const filter = new KeyFilter();
	let released = '';
	let timer: NodeJS.Timeout | undefined;
	const read = (): string | null => {
		clearTimeout(timer);
		let typed = released;
		released = '';
		for (let chunk: unknown = stdin.read(); chunk !== null; chunk = stdin.read()) {
			typed += filter.typed(String(chunk), performance.now());
		}
		if (filter.isHolding) {
			timer = setTimeout(() => {
				released += filter.release();
				stdin.emit('readable');
			}, HELD_MS).unref();
		}
		return typed === '' ? null : typed;
	};
	return onTopOf(stdin, (key) => (key === 'read' ? read : undefined));
}
