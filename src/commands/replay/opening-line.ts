/** How far a long recording has been opened: a line that takes the place of itself, and goes when the screen comes. */
import type {WriteStream} from 'node:tty';
import {cut, width} from '../../text/fit.ts';

/** Back to the beginning of the line, and nothing right of it (ECMA-48, CR and EL). */
const CLEAR_LINE = '\r\u001b[K';

export class OpeningLine {
	readonly #terminal: Pick<WriteStream, 'write' | 'columns'>;
	readonly #name: string;
	#isShown = false;

	constructor(terminal: Pick<WriteStream, 'write' | 'columns'>, name: string) {
		this.#terminal = terminal;
		this.#name = name;
	}

	/** From 0 to 1. */
	show(share: number): void {
		const percent = `${Math.floor(share * 100)} %`;
		// a line that is wrapped cannot be taken back
		const room = Math.max(0, this.#terminal.columns - 1 - width(percent) - 1);
		this.#terminal.write(`${CLEAR_LINE}${cut(`opening ${this.#name}`, room)} ${percent}`);
		this.#isShown = true;
	}

	clear(): void {
		if (this.#isShown) this.#terminal.write(CLEAR_LINE);
		this.#isShown = false;
	}
}
