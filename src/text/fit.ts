/** Text in terminal cells: wide characters take two, combining ones none. */
import {createRequire} from 'node:module';

/** ASCII, and the lines, blocks and shapes that the screen is drawn with: one cell each, and most of what is measured. */
const ONE_CELL_EACH =
	/^[ -~\u00b5\u00b7\u00d7\u2013\u2014\u2016\u2018-\u201d\u2026\u203a\u2190-\u2193\u2264\u2265\u2500-\u259f\u25b2\u25b3\u25b8\u25bc\u25be\u25cb\u25cf\u2716]*/;

/** How many characters at the beginning of a text surely take one cell each, whatever the terminal. */
export function oneCellEach(text: string): number {
	let at = 0;
	while (at < text.length && isPlain(text.charCodeAt(at))) at++;
	return at === text.length ? at : (ONE_CELL_EACH.exec(text)?.[0].length ?? 0);
}

/** Whether it is one of most characters that take one cell: ASCII, lines and blocks. A regular expression allocates. */
export function isPlain(code: number): boolean {
	return (code >= 0x20 && code <= 0x7e) || (code >= 0x2500 && code <= 0x259f);
}

export type WidthOptions = {readonly countAnsiEscapeCodes?: boolean; readonly ambiguousIsNarrow?: boolean};
type StringWidth = (text: string, options?: WidthOptions) => number;

/** Loaded when they are first needed, which in a headless command is hardly ever: together they cost it a quarter of its start. */
const load = createRequire(import.meta.url);
let stringWidth: StringWidth | null = null;
let segmenter: Intl.Segmenter | null = null;

/** As string-width does, sequences that colour a text left out. */
export function measure(text: string, options?: WidthOptions): number {
	stringWidth ??= (load('string-width') as {readonly default: StringWidth}).default;
	return stringWidth(text, options);
}

/** Cells that a text takes. It must hold no control characters (stripControls). */
export function width(text: string): number {
	return oneCellEach(text) === text.length ? text.length : measure(text);
}

/** The longest beginning of a text that takes at most this many cells; a wide character is never halved. */
export function cut(text: string, cells: number): string {
	if (cells <= 0) return '';
	if (oneCellEach(text) === text.length) return text.slice(0, cells);
	segmenter ??= new Intl.Segmenter(undefined, {granularity: 'grapheme'});
	let used = 0;
	let end = 0;
	for (const {segment, index} of segmenter.segment(text)) {
		used += width(segment);
		if (used > cells) break;
		end = index + segment.length;
	}
	return text.slice(0, end);
}

/** A text in exactly this many cells: padded, or cut with an ellipsis. */
export function fit(text: string, cells: number, align: 'left' | 'right' = 'left'): string {
	if (cells <= 0) return '';
	const taken = width(text);
	if (taken > cells) {
		const head = cut(text, cells - 1);
		return `${head}…${' '.repeat(cells - 1 - width(head))}`;
	}
	const padding = ' '.repeat(cells - taken);
	return align === 'left' ? text + padding : padding + text;
}

/** Words of a text in lines of at most this many cells; a word that is longer is cut. */
export function wrap(text: string, cells: number): string[] {
	const lines: string[] = [];
	let line = '';
	for (const word of text.split(' ')) {
		const joined = line === '' ? word : `${line} ${word}`;
		if (width(joined) <= cells) {
			line = joined;
			continue;
		}
		if (line !== '') lines.push(line);
		line = width(word) <= cells ? word : fit(word, cells);
	}
	if (line !== '') lines.push(line);
	return lines;
}
