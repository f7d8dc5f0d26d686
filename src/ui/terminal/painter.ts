/**
Lines of a frame, and the fewest bytes that make a terminal show them: only cells that changed are written. A frame equal to
the one before costs nothing. Lines hold text and SGR sequences, no other control.
*/
import {oneCellEach} from '../../text/fit.ts';

/** Frames show at once or not at all: a terminal that does not know the mode ignores it. */
const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';
const ERASE_TO_END = '\u001b[K';
/** Unchanged cells up to here are written again, which costs no more than going past them. */
const NEAR_CELLS = 4;
/** Blanks from here on are erased. */
const ERASE_CELLS = 4;

/** Terminals differ in how wide they draw some characters: too wide ones must not run into the next line. */
const WRAP_OFF = '\u001b[?7l';
const WRAP_ON = '\u001b[?7h';

type Line = {
	readonly source: string;
	/** Characters that take one cell each, and the style of each cell as SGR parameters, '' being none. */
	readonly text: string;
	readonly styles: readonly string[];
	/** The rest, from the first character of unsure width, its sequences included: it is written whole. */
	readonly tail: string;
};

const BLANK: Line = {source: '', text: '', styles: [], tail: ''};

export class Painter {
	#lines: readonly Line[] = [];
	#columns = 0;
	#rows = 0;
	/** Nothing is known of what the terminal shows. */
	#isLost = true;

	/** The next frame is written whole. */
	forget(): void {
		this.#isLost = true;
	}

	/** What to write so that a terminal of that size shows these lines; '' where it does already. */
	paint(sources: readonly string[], columns: number, rows: number): string {
		const isWhole = this.#isLost || columns !== this.#columns || rows !== this.#rows;
		const before = isWhole ? [] : this.#lines;
		const next: Line[] = [];
		const pen = new Pen();
		for (let row = 0; row < rows; row++) {
			const source = sources[row] ?? '';
			const old = before[row] ?? BLANK;
			const line = !isWhole && old.source === source ? old : parse(source, columns);
			next.push(line);
			if (isWhole) drawWhole(pen, row, line);
			else if (line !== old) drawChanges(pen, row, old, line);
		}
		this.#lines = next;
		this.#columns = columns;
		this.#rows = rows;
		this.#isLost = false;
		const body = pen.finish();
		return body === '' ? '' : BEGIN + body + END;
	}
}

/** Where the cursor is and how it writes; cell 0 of row 0 is the upper left one. */
class Pen {
	#out = '';
	#row = -1;
	#column = -1;
	style = '';

	move(row: number, column: number): void {
		if (row === this.#row && column === this.#column) return;
		const ahead = column - this.#column;
		if (row === this.#row && ahead > 0) this.#out += ahead === 1 ? '\u001b[C' : `\u001b[${ahead}C`;
		else this.#out += column === 0 ? `\u001b[${row + 1}H` : `\u001b[${row + 1};${column + 1}H`;
		this.#row = row;
		this.#column = column;
	}

	/** Text of one style; the cursor goes on by its cells. */
	write(text: string, style: string): void {
		this.#change(style);
		this.#out += text;
		this.#column += text.length;
	}

	/** The rest of a line with its own sequences. Nobody knows where that leaves the cursor. */
	writeRaw(tail: string): void {
		this.#change('');
		this.#out += `${WRAP_OFF}${tail}\u001b[m${WRAP_ON}`;
		this.#row = -1;
	}

	erase(): void {
		this.#change('');
		this.#out += ERASE_TO_END;
	}

	#change(style: string): void {
		if (style === this.style) return;
		// From one style to another: all off and the new one on, in one sequence.
		if (style === '') this.#out += '\u001b[m';
		else this.#out += this.style === '' ? `\u001b[${style}m` : `\u001b[;${style}m`;
		this.style = style;
	}

	finish(): string {
		this.#change('');
		return this.#out;
	}
}

function drawWhole(pen: Pen, row: number, line: Line): void {
	pen.move(row, 0);
	// First, not last: after a full line the cursor is on its last cell, and would take that one away.
	pen.erase();
	drawRange(pen, line, 0, inked(line));
	drawTail(pen, row, line);
}

function drawTail(pen: Pen, row: number, {text, tail}: Line): void {
	if (tail === '') return;
	pen.move(row, text.length);
	pen.writeRaw(tail);
}

function drawChanges(pen: Pen, row: number, old: Line, line: Line): void {
	if (old.tail === line.tail && (line.tail === '' || old.text.length === line.text.length)) {
		drawCells(pen, row, old, line);
		return;
	}
	const sure = Math.min(old.text.length, line.text.length);
	pen.move(row, sure);
	pen.erase();
	drawCells(pen, row, {...old, text: old.text.slice(0, sure), styles: old.styles.slice(0, sure)}, line);
	drawTail(pen, row, line);
}

function drawCells(pen: Pen, row: number, old: Line, line: Line): void {
	const end = inked(line);
	const oldEnd = inked(old);
	const isErased = line.tail === '' && oldEnd - end >= ERASE_CELLS;
	const last = isErased ? end : Math.max(end, oldEnd);
	let at = 0;
	while (at < last) {
		if (isSame(old, line, at)) {
			at++;
			continue;
		}
		const stop = endOfChange(old, line, at, last);
		pen.move(row, at);
		drawRange(pen, line, at, stop);
		at = stop;
	}
	if (!isErased) return;
	pen.move(row, end);
	pen.erase();
}

/** The end of the changed cells from `at`, short unchanged stretches between them included. */
function endOfChange(old: Line, line: Line, at: number, last: number): number {
	let stop = at + 1;
	for (let look = stop; look < last && look - stop <= NEAR_CELLS; look++) {
		if (!isSame(old, line, look)) stop = look + 1;
		else if (!isBlank(line, look) && styleAt(line, look) !== styleAt(line, stop - 1)) break;
	}
	return stop;
}

function drawRange(pen: Pen, line: Line, from: number, to: number): void {
	for (let at = from; at < to; ) {
		const style = isBlank(line, at) && !SHOWS_ON_BLANKS.test(pen.style) ? pen.style : styleAt(line, at);
		const takesBlanks = !SHOWS_ON_BLANKS.test(style);
		let stop = at + 1;
		while (stop < to && (styleAt(line, stop) === style || (takesBlanks && isBlank(line, stop)))) stop++;
		pen.write(line.text.slice(at, stop).padEnd(stop - at), style);
		at = stop;
	}
}

/** A cell without ink: whatever the pen is, as long as it leaves none on blanks. */
function isBlank(line: Line, at: number): boolean {
	return (line.text[at] ?? ' ') === ' ' && styleAt(line, at) === '';
}

function isSame(a: Line, b: Line, at: number): boolean {
	return (a.text[at] ?? ' ') === (b.text[at] ?? ' ') && styleAt(a, at) === styleAt(b, at);
}

function styleAt({styles}: Line, at: number): string {
	return styles[at] ?? '';
}

/** Cells up to the last one that is not plainly blank. */
function inked({text, styles}: Line): number {
	let end = text.length;
	while (end > 0 && text[end - 1] === ' ' && styles[end - 1] === '') end--;
	return end;
}

/** Underlined, inverse, struck out, overlined, or with a colour behind. */
const SHOWS_ON_BLANKS = /(?:^|;)(?:4|7|9|21|53|4[0-8]|10[0-7])(?:;|$)/;

function parse(source: string, columns: number): Line {
	const styles: string[] = [];
	let text = '';
	let style = '';
	let from = 0;
	while (from < source.length) {
		const sgr = source.indexOf('\u001b', from);
		const end = sgr < 0 ? -1 : endOfSgr(source, sgr);
		const piece = end < 0 ? source.slice(from) : source.slice(from, sgr);
		const sure = oneCellEach(piece);
		text += piece.slice(0, sure);
		const ofBlanks = SHOWS_ON_BLANKS.test(style) ? style : '';
		for (let at = styles.length; at < text.length; at++) styles.push(text[at] === ' ' ? ofBlanks : style);
		if (sure < piece.length) return withTail(source, text, styles, source.slice(from + sure), style);
		if (end < 0) break;
		from = end;
		style = styleAfter(style, source.slice(sgr + 2, end - 1));
	}
	return {source, text: text.slice(0, columns), styles: styles.slice(0, columns), tail: ''};
}

/** Behind the SGR sequence that begins there; -1: it is none. */
function endOfSgr(source: string, begin: number): number {
	let at = begin + 2;
	while (isParameter(source.charCodeAt(at))) at++;
	return source[begin + 1] === '[' && source[at] === 'm' ? at + 1 : -1;
}

/** A digit, or the `;` between two numbers. */
function isParameter(code: number): boolean {
	return (code >= 0x30 && code <= 0x39) || code === 0x3b;
}

/** The character before belongs to the rest, too: what follows may combine with it. */
function withTail(source: string, text: string, styles: readonly string[], rest: string, style: string): Line {
	const kept = Math.max(0, text.length - 1);
	const before = styles[kept] ?? '';
	const tail = coloured(text.slice(kept), before) + (style === '' ? rest : `\u001b[${style}m${rest}`);
	return {source, text: text.slice(0, kept), styles: styles.slice(0, kept), tail};
}

function coloured(text: string, style: string): string {
	return style === '' ? text : `\u001b[${style}m${text}\u001b[m`;
}

/** A theme has some ten styles; whatever else writes sequences must not fill the memory. */
const MAX_STYLES = 4096;
const after = new Map<string, string>();

/** The style after a sequence: each is taken apart once. */
function styleAfter(style: string, parameters: string): string {
	const key = `${style}m${parameters}`;
	const known = after.get(key);
	if (known !== undefined) return known;
	const attributes = new Map<string, string>();
	if (style !== '') apply(attributes, style);
	apply(attributes, parameters);
	const made = [...attributes.values()].join(';');
	if (after.size >= MAX_STYLES) after.clear();
	after.set(key, made);
	return made;
}

/** What an SGR parameter sets, by the parameter that takes it away again (ECMA-48, 8.3.117). */
function apply(attributes: Map<string, string>, parameters: string): void {
	const codes = parameters.split(';').map(Number);
	for (let at = 0; at < codes.length; at++) {
		const code = codes[at] ?? 0;
		if (code === 0) attributes.clear();
		else if (code === 22) {
			attributes.delete('bold');
			attributes.delete('dim');
		} else if (code === 39) attributes.delete('colour');
		else if (code === 49) attributes.delete('ground');
		else if (code > 22 && code < 30) attributes.delete(String(code - 20));
		else if (code === 38 || code === 48) {
			const length = codes[at + 1] === 2 ? 5 : 3;
			attributes.set(code === 38 ? 'colour' : 'ground', codes.slice(at, at + length).join(';'));
			at += length - 1;
		} else attributes.set(slotOf(code), String(code));
	}
}

function slotOf(code: number): string {
	if (code === 1) return 'bold';
	if (code === 2) return 'dim';
	if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) return 'colour';
	if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) return 'ground';
	return String(code);
}
