/** The same line in printable ASCII, cell for cell: for `--ascii`, the Linux console and old serial terminals. */
import {width} from './fit.ts';

const PRINTABLE_ASCII = /^[ -~]*$/;

/** What our own glyphs become. Every one takes one cell, and so does its stand-in. */
const STAND_INS: ReadonlyMap<string, string> = new Map([
	...Object.entries({'✖': 'X', '▲': '!', '●': '*', '○': 'o', '…': '~', '·': '.', '–': '-', '—': '-', '−': '-'}),
	...Object.entries({
		'›': '>',
		'‹': '<',
		'▶': '>',
		'◀': '<',
		'◆': '#',
		'▼': 'v',
		'▸': '+',
		'▾': '-',
		'△': '^',
		'↑': '^',
		'↓': 'v',
	}),
	...Object.entries({'→': '>', '←': '<', '≥': '>', '≤': '<', '×': 'x', '÷': '/', '≈': '~', µ: 'u', '⏸': '='}),
	...Object.entries({'▁': '_', '▂': '.', '▃': '-', '▄': '=', '▅': '+', '▆': '*', '▇': '%', '█': '#'}),
	...Object.entries({
		'─': '-',
		'│': '|',
		'┤': '|',
		'├': '|',
		'└': '+',
		'┴': '+',
		'┬': '+',
		'╌': '-',
		'━': '=',
		'┼': '+',
		'╵': "'",
	}),
	...Object.entries({'‖': '=', '“': '"', '”': '"', '‘': "'", '’': "'", '■': '#', '□': '.', '░': '.', '▒': ':'}),
]);

/** Anything else that is not ASCII becomes `?`, once per cell. Escape sequences of colours pass. */
export function toAscii(line: string): string {
	if (PRINTABLE_ASCII.test(line)) return line;
	let out = '';
	for (const character of line.normalize('NFC')) {
		if (character <= '\u007f') out += character;
		else out += STAND_INS.get(character) ?? '?'.repeat(width(character));
	}
	return out;
}
