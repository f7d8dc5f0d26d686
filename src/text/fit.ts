/** Text in terminal cells: wide characters take two, combining ones none. */
import stringWidth from 'string-width';

const PRINTABLE_ASCII = /^[ -~]*$/;
/** ASCII, and the lines, blocks and shapes that the screen is drawn with: one cell each, and most of what is measured. */
const ONE_CELL_EACH = /^[ -~\u00b7\u2013\u2026\u203a\u2500-\u259f\u25b2\u25cb\u25cf\u2716]*$/;
const segmenter = new Intl.Segmenter(undefined, {granularity: 'grapheme'});

/** Cells that a text takes. It must hold no control characters (stripControls). */
export function width(text: string): number {
	return ONE_CELL_EACH.test(text) ? text.length : stringWidth(text);
}

/** The longest beginning of a text that takes at most so many cells; a wide character is never halved. */
export function cut(text: string, cells: number): string {
	if (cells <= 0) return '';
	if (PRINTABLE_ASCII.test(text)) return text.slice(0, cells);
	let used = 0;
	let end = 0;
	for (const {segment, index} of segmenter.segment(text)) {
		used += width(segment);
		if (used > cells) break;
		end = index + segment.length;
	}
	return text.slice(0, end);
}

/** A text in exactly so many cells: padded, or cut with an ellipsis. */
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

/** Words of a text in lines of at most so many cells; a word that is longer is cut. */
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
