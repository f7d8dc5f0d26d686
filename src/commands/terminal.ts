/** The terminal that a screen needs: somewhere to draw, and keys. */
import {openSync} from 'node:fs';
import {ReadStream, type WriteStream} from 'node:tty';

export type Terminal = {readonly stdin: ReadStream; readonly stdout: WriteStream};

/** null: stdout is no terminal, or there are no keys to be had. */
export function findTerminal(): Terminal | null {
	const {stdin, stdout} = process;
	if (!stdout.isTTY || process.env['TERM'] === 'dumb') return null;
	if (stdin.isTTY) return {stdin, stdout};
	try {
		// stdin carries a recording, or nothing: keys come from the terminal itself.
		return {stdin: new ReadStream(openSync('/dev/tty', 'r')), stdout};
	} catch {
		return null;
	}
}
