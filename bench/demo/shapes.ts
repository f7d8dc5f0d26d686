/**
Characters that must fill their cell exactly, as rectangles: a font leaves seams between blocks and lines, and JetBrains
Mono has no braille.
*/
export type Rectangle = readonly [x: number, y: number, width: number, height: number];

/** Lines from the middle of the cell: left, right, up, down; 2 is heavy. */
const LINES: Readonly<Record<string, readonly [number, number, number, number]>> = {
	...{'─': [1, 1, 0, 0], '━': [2, 2, 0, 0], '│': [0, 0, 1, 1], '┃': [0, 0, 2, 2]},
	...{'┌': [0, 1, 0, 1], '┐': [1, 0, 0, 1], '└': [0, 1, 1, 0], '┘': [1, 0, 1, 0]},
	...{'╭': [0, 1, 0, 1], '╮': [1, 0, 0, 1], '╰': [0, 1, 1, 0], '╯': [1, 0, 1, 0]},
	...{'├': [0, 1, 1, 1], '┤': [1, 0, 1, 1], '┬': [1, 1, 0, 1], '┴': [1, 1, 1, 0], '┼': [1, 1, 1, 1]},
	...{'╴': [1, 0, 0, 0], '╶': [0, 1, 0, 0], '╵': [0, 0, 1, 0], '╷': [0, 0, 0, 1]},
};

/** Column and row of each of the 8 bits of U+2800…. */
const DOTS = [
	...[
		[0, 0],
		[0, 1],
		[0, 2],
		[1, 0],
	],
	...[
		[1, 1],
		[1, 2],
		[0, 3],
		[1, 3],
	],
] as const;

/** null: the font draws it. */
export function shapeOf(character: string, width: number, height: number): readonly Rectangle[] | null {
	const code = character.codePointAt(0) ?? 0;
	if (code === 0x2580) return [[0, 0, width, height >> 1]];
	if (code > 0x2580 && code <= 0x2588) {
		const filled = Math.round((height * (code - 0x2580)) / 8);
		return [[0, height - filled, width, filled]];
	}
	if (code > 0x2588 && code <= 0x258f) return [[0, 0, Math.round((width * (0x2590 - code)) / 8), height]];
	if (code >= 0x2800 && code <= 0x28ff) return dots(code - 0x2800, width, height);
	const arms = LINES[character];
	return arms === undefined ? null : lines(arms, width, height);
}

function dots(bits: number, width: number, height: number): Rectangle[] {
	const size = Math.max(2, Math.round(width * 0.25));
	return DOTS.filter((_, bit) => (bits >> bit) & 1).map(([column, row]) => [
		Math.round(width * (column === 0 ? 0.25 : 0.75) - size / 2),
		Math.round((height * (row + 0.5)) / 4 - size / 2),
		size,
		size,
	]);
}

function lines(arms: readonly [number, number, number, number], width: number, height: number): Rectangle[] {
	const thin = Math.max(1, Math.round(width / 9));
	const [left, right, up, down] = arms.map((weight) => weight * thin) as [number, number, number, number];
	const [x, y] = [(width - thin) >> 1, (height - thin) >> 1];
	const across = (weight: number) => y - ((weight - thin) >> 1);
	const along = (weight: number) => x - ((weight - thin) >> 1);
	const all: Rectangle[] = [
		[0, across(left), x + thin, left],
		[x, across(right), width - x, right],
		[along(up), 0, up, y + thin],
		[along(down), y, down, height - y],
	];
	return all.filter(([, , w, h]) => w > 0 && h > 0);
}
