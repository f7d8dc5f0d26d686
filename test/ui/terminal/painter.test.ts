import assert from 'node:assert/strict';
import {test} from 'node:test';
import xterm from '@xterm/headless';
import fc from 'fast-check';
import {Painter} from '../../../src/ui/terminal/painter.ts';

const COLUMNS = 24;
const ROWS = 4;
const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';

/** What is written for the second of two frames, without the marks of a synchronised one. */
function change(before: readonly string[], after: readonly string[]): string {
	const painter = new Painter();
	painter.paint(before, COLUMNS, ROWS);
	const written = painter.paint(after, COLUMNS, ROWS);
	if (written === '') return '';
	assert.ok(written.startsWith(BEGIN) && written.endsWith(END), 'a frame shows at once or not at all');
	return written.slice(BEGIN.length, -END.length);
}

const red = (text: string) => `\u001b[31m${text}\u001b[39m`;
const inverse = (text: string) => `\u001b[7m${text}\u001b[27m`;

test('a frame equal to the one before writes nothing', () => {
	const frame = ['api-1   5 est', red('api-2   0 est'), 'Ωmega 世界', ''];
	assert.equal(change(frame, [...frame]), '');
});

const changes: readonly (readonly [what: string, before: string, after: string, written: string])[] = [
	['one changed cell is all that is written', 'est 5 tw 3', 'est 6 tw 3', '\u001b[1;5H6'],
	['a cell at the left edge needs no column', '5', '6', '\u001b[1H6'],
	[
		'cells far apart on a line are reached by going right',
		'1 a b c d e f 1',
		'2 a b c d e f 2',
		'\u001b[1H2\u001b[13C2',
	],
	['cells close together are written in one', 'est 15 17', 'est 26 28', '\u001b[1;5H26 28'],
	['a change of colour alone is written', 'x down', `x ${red('down')}`, '\u001b[1;3H\u001b[31mdown\u001b[m'],
	['a colour that goes is taken away', `x ${red('down')}`, 'x down', '\u001b[1;3Hdown'],
	['a blank has no colour', 'a     b', `a${red('     ')}b`, ''],
	['an inverse blank is seen', 'a b', `a${inverse(' ')}b`, '\u001b[1;2H\u001b[7m \u001b[m'],
	['a blank between two words of one colour does not change it', 'x', red('a b'), '\u001b[1H\u001b[31ma b\u001b[m'],
	['a short end is overwritten', 'est 15', 'est 1', '\u001b[1;6H '],
	['a long end is erased', 'unreachable: 3 dials', 'un', '\u001b[1;3H\u001b[K'],
	['another style takes one sequence', 'xy', `${red('a')}${inverse('b')}`, '\u001b[1H\u001b[31ma\u001b[;7mb\u001b[m'],
	[
		'text after a character of unsure width is written again, with it',
		'a世界 1',
		'a世界 2',
		'\u001b[1H\u001b[K\u001b[?7la世界 2\u001b[m\u001b[?7h',
	],
	['text before one is not', 'abc 1 世界', 'abc 2 世界', '\u001b[1;5H2'],
	[
		'a mark that combines takes the character before it along',
		'be',
		'be\u0301',
		'\u001b[1;2H\u001b[K\u001b[?7le\u0301\u001b[m\u001b[?7h',
	],
];
for (const [what, before, after, written] of changes) {
	test(what, () => assert.equal(change([before], [after]), written));
}

test('a frame for another size is written whole', () => {
	const painter = new Painter();
	painter.paint(['est 5', 'tw 3'], COLUMNS, ROWS);
	const written = painter.paint(['est 5', 'tw 3'], COLUMNS + 1, 2);
	assert.equal(written, `${BEGIN}\u001b[1H\u001b[Kest 5\u001b[2H\u001b[Ktw 3${END}`);
});

test('a frame is written whole after the one before was lost', () => {
	const painter = new Painter();
	painter.paint(['est 5'], COLUMNS, 1);
	painter.forget();
	assert.equal(painter.paint(['est 5'], COLUMNS, 1), `${BEGIN}\u001b[1H\u001b[Kest 5${END}`);
});

test('lines below the last one of the terminal are left out', () => {
	const painter = new Painter();
	assert.equal(painter.paint(['a', 'b', 'c'], COLUMNS, 2), `${BEGIN}\u001b[1H\u001b[Ka\u001b[2H\u001b[Kb${END}`);
});

/** The cells of a terminal, with their colours. */
function cellsOf(terminal: InstanceType<typeof xterm.Terminal>): string {
	let out = '';
	for (let row = 0; row < ROWS; row++) {
		const line = terminal.buffer.active.getLine(row);
		for (let column = 0; column < COLUMNS; column++) {
			const cell = line?.getCell(column);
			const text = cell?.getChars() || ' ';
			const isInverse = cell?.isInverse() !== 0;
			out += text === ' ' && !isInverse ? ' ' : `${text}${cell?.getFgColor()}${cell?.isBold()}${isInverse}`;
		}
		out += '\n';
	}
	return out;
}

const show = (terminal: InstanceType<typeof xterm.Terminal>, data: string) =>
	new Promise<void>((resolve) => terminal.write(data, resolve));

test('frame after frame, a terminal shows what a fresh one shows', async () => {
	const word = fc.constantFrom('a', '5', '    ', 'est', '▁▅█', '●', ' ', '世界', 'e\u0301', '▶', 'unreachable', '12');
	const styled = fc
		.tuple(word, fc.constantFrom('', '1', '31', '38;5;245', '7', '1;38;2;1;2;3'))
		.map(([text, style]) => (style === '' ? text : `\u001b[${style}m${text}\u001b[22;39;27m`));
	const cellsIn = (text: string) => [...text].reduce((sum, char) => sum + (char > '\u2e80' ? 2 : 1), 0);
	const line = fc.array(styled, {maxLength: 9}).map((words) => {
		let used = 0;
		// As the screen's lines do, they keep within the terminal.
		return words
			.filter((one) => {
				used += cellsIn(one.replaceAll(/\u001b\[[\d;]*m/g, ''));
				return used <= COLUMNS;
			})
			.join('');
	});
	const frames = fc.array(fc.array(line, {maxLength: ROWS}), {minLength: 2, maxLength: 6});
	await fc.assert(
		fc.asyncProperty(frames, async (all) => {
			const terminal = new xterm.Terminal({cols: COLUMNS, rows: ROWS, allowProposedApi: true});
			const painter = new Painter();
			for (const frame of all) {
				await show(terminal, painter.paint(frame, COLUMNS, ROWS));
				const anew = new xterm.Terminal({cols: COLUMNS, rows: ROWS, allowProposedApi: true});
				await show(anew, new Painter().paint(frame, COLUMNS, ROWS));
				assert.equal(cellsOf(terminal), cellsOf(anew));
				anew.dispose();
			}
			terminal.dispose();
		}),
		{numRuns: 150},
	);
});

test('a terminal that is drawn whole shows the lines themselves', async () => {
	const terminal = new xterm.Terminal({cols: COLUMNS, rows: ROWS, allowProposedApi: true});
	const frame = [`${red('✖ down')}  api-2`, 'x'.repeat(COLUMNS), 'a世界b', `${'y'.repeat(COLUMNS - 1)}z`];
	await show(terminal, 'rubbish\r\n'.repeat(ROWS));
	await show(terminal, new Painter().paint(frame, COLUMNS, ROWS));
	const shown = Array.from({length: ROWS}, (_, row) =>
		terminal.buffer.active.getLine(terminal.buffer.active.baseY + row)?.translateToString(true),
	);
	assert.deepEqual(shown, ['✖ down  api-2', frame[1], frame[2], frame[3]]);
	terminal.dispose();
});
