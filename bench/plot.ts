/** A plot of costs as SVG: both axes logarithmic, each line told by its dashes, its marks and its name, not by colour alone. */

export type Series = {
	readonly name: string;
	/** Both greater than 0, ascending by the first. */
	readonly points: readonly (readonly [x: number, y: number])[];
	/** What the plot is about. */
	readonly isOurs?: boolean;
};

export type Plot = {
	readonly title: string;
	readonly x: string;
	readonly y: string;
	/** Where, when and by which command it was measured. */
	readonly source: string;
	readonly series: readonly Series[];
};

const WIDTH = 860;
const HEIGHT = 480;
const LEFT = 70;
const RIGHT = 250;
const TOP = 48;
const BOTTOM = 76;
/** Between two names at the right edge. */
const NAME_PX = 17;
const COLORS = ['#0b57d0', '#b3261e', '#146c2e', '#8a4b00', '#6b3fa0', '#00677d', '#5f6368'];
const DASHES = ['', '7 4', '2 3', '10 3 2 3', '14 4', '4 2 1 2', '1 4'];
type Mark = (x: number, y: number) => string;
const MARKS: readonly Mark[] = [
	(x, y) => `<circle cx="${x}" cy="${y}" r="3.5"/>`,
	(x, y) => `<rect x="${x - 3.5}" y="${y - 3.5}" width="7" height="7"/>`,
	(x, y) => `<path d="M${x} ${y - 4.5}l4.5 8h-9z"/>`,
	(x, y) => `<path d="M${x} ${y - 5}l5 5l-5 5l-5 -5z"/>`,
];

/** An axis from below the least value to above the most, in pixels. */
type Scale = {at(value: number): number; readonly ticks: readonly number[]};

export function svgOf({title, x, y, source, series}: Plot): string {
	const points = series.flatMap((each) => each.points);
	const across = scaleOf(
		points.map(([value]) => value),
		[LEFT, WIDTH - RIGHT],
		[1],
	);
	const up = scaleOf(
		points.map(([, value]) => value),
		[HEIGHT - BOTTOM, TOP],
		[1, 2, 5],
	);
	const bottom = HEIGHT - BOTTOM;
	const out = [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" fill="#202124">`,
		`<title>${escaped(`${title}: ${y} against ${x}`)}</title>`,
		`<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
		text(LEFT, 26, title, 'font-size="16" font-weight="600"'),
		...up.ticks.map((value) => {
			const place = px(up.at(value));
			return `<path d="M${LEFT} ${place}H${WIDTH - RIGHT}" stroke="#e3e5e8"/>${text(LEFT - 8, place + 4, label(value), 'text-anchor="end"')}`;
		}),
		...across.ticks.map((value) => {
			const place = px(across.at(value));
			return `<path d="M${place} ${TOP}V${bottom}" stroke="#e3e5e8"/>${text(place, bottom + 20, label(value), 'text-anchor="middle"')}`;
		}),
		`<path d="M${LEFT} ${TOP}V${bottom}H${WIDTH - RIGHT}" fill="none" stroke="#5f6368"/>`,
		text((LEFT + WIDTH - RIGHT) / 2, bottom + 42, x, 'text-anchor="middle"'),
		`<g transform="translate(18 ${(TOP + bottom) / 2}) rotate(-90)">${text(0, 0, y, 'text-anchor="middle"')}</g>`,
		...linesOf(series, across, up),
		text(LEFT, HEIGHT - 10, source, 'font-size="11" fill="#5f6368"'),
		'</svg>',
	];
	return `${out.join('\n')}\n`;
}

function linesOf(series: readonly Series[], across: Scale, up: Scale): string[] {
	const names = apart(series.map(({points}) => up.at(points.at(-1)?.[1] ?? 1)));
	return series.map(({name, points, isOurs = false}, i) => {
		const color = COLORS[i % COLORS.length];
		const places = points.map(([x, y]) => [px(across.at(x)), px(up.at(y))] as const);
		const [endX, endY] = places.at(-1) ?? [LEFT, TOP];
		const mark = MARKS[i % MARKS.length] as Mark;
		const dash = DASHES[i % DASHES.length];
		const nameY = px(names[i] ?? endY);
		return [
			`<g stroke="${color}" stroke-width="${isOurs ? 2.5 : 1.5}" fill="none"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}>`,
			`<path d="M${places.map((place) => place.join(' ')).join('L')}"/></g>`,
			`<path d="M${endX + 6} ${endY}L${WIDTH - RIGHT + 20} ${nameY}" stroke="${color}" stroke-width=".7" fill="none"/>`,
			`<g fill="${color}">${places.map(([x, y]) => mark(x, y)).join('')}</g>`,
			text(WIDTH - RIGHT + 24, nameY + 4, name, `fill="${color}"${isOurs ? ' font-weight="600"' : ''}`),
		].join('');
	});
}

/** The same heights, moved so far that no two names overlap, their order kept. */
function apart(heights: readonly number[]): number[] {
	const order = heights.map((_, i) => i).sort((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0));
	const out = [...heights];
	let least = Number.NEGATIVE_INFINITY;
	for (const i of order) {
		out[i] = Math.max(heights[i] ?? 0, least);
		least = (out[i] ?? 0) + NAME_PX;
	}
	// what was pushed below the plot pushes back
	let most = HEIGHT - BOTTOM;
	for (const i of order.reverse()) {
		out[i] = Math.min(out[i] ?? 0, most);
		most = (out[i] ?? 0) - NAME_PX;
	}
	return out;
}

/** `steps`: which multiples of a power of ten get a tick; fewer where there are many powers. */
function scaleOf(values: readonly number[], [from, to]: readonly [number, number], steps: readonly number[]): Scale {
	const least = Math.log10(Math.min(...values)) - 0.08;
	const most = Math.log10(Math.max(...values)) + 0.08;
	const at = (value: number) => from + ((Math.log10(value) - least) / (most - least)) * (to - from);
	const used = most - least > 2.5 ? [1] : steps;
	const ticks: number[] = [];
	for (let power = Math.floor(least); power <= most; power++) {
		for (const step of used) {
			const value = step * 10 ** power;
			if (Math.log10(value) >= least && Math.log10(value) <= most) ticks.push(value);
		}
	}
	return {at, ticks};
}

function label(value: number): string {
	return value >= 1 ? value.toLocaleString('en-US') : String(Number(value.toPrecision(1)));
}

function px(value: number): number {
	return Math.round(value * 10) / 10;
}

function text(x: number, y: number, words: string, attributes: string): string {
	return `<text x="${px(x)}" y="${px(y)}" ${attributes}>${escaped(words)}</text>`;
}

function escaped(words: string): string {
	return words.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
