/** The page's own script: draws each backend's numbers over one axis of time when its section is opened. */
import uPlot from 'uplot';
import type {Chart, PageData, Values} from '../output/html/page-data.ts';

const HEIGHT = 190;
const RIGHT_AXIS = 64;

const text = document.getElementById('data')?.textContent;
if (text) begin(JSON.parse(text) as PageData);

function begin(data: PageData): void {
	const times = timesOf(data);
	const plots: uPlot[] = [];
	const zoom = {isTold: false};
	const tell = (from: uPlot): void => {
		const {min, max} = from.scales['x'] ?? {};
		if (zoom.isTold || min == null || max == null) return;
		zoom.isTold = true;
		for (const plot of plots) if (plot !== from) plot.setScale('x', {min, max});
		zoom.isTold = false;
	};
	for (const section of document.querySelectorAll<HTMLDetailsElement>('details[data-backend]')) {
		const draw = (): void => {
			const place = section.querySelector<HTMLElement>('.charts');
			if (!section.open || place === null || place.childElementCount > 0) return;
			const backend = data.backends[Number(section.dataset['backend'])];
			if (backend === undefined) return;
			for (const chart of data.charts) plots.push(plotOf(chart, backend, {data, times, place, tell}));
			const [first] = plots;
			const {min, max} = first?.scales['x'] ?? {};
			if (min != null && max != null)
				for (const plot of plots.slice(-data.charts.length)) plot.setScale('x', {min, max});
		};
		section.addEventListener('toggle', draw);
		draw();
	}
	const help = document.querySelector<HTMLElement>('.help');
	if (help !== null) help.hidden = false;
	const [min = 0, max = 1] = [times[0], times.at(-1)];
	document.getElementById('reset')?.addEventListener('click', () => plots[0]?.setScale('x', {min, max}));
	const resize = (): void => {
		for (const plot of plots) plot.setSize({width: widthOf(plot.root), height: HEIGHT});
	};
	window.addEventListener('resize', resize);
	window.addEventListener('beforeprint', () => {
		for (const plot of plots) plot.setSize({width: Math.min(640, widthOf(plot.root)), height: HEIGHT});
	});
	window.addEventListener('afterprint', resize);
	matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
		for (const plot of plots) plot.redraw(false, true);
	});
}

function widthOf(root: HTMLElement): number {
	return Math.max(240, root.parentElement?.clientWidth ?? 240);
}

/** Unix seconds of the points. */
function timesOf({from, widthMs, points, isThinned}: PageData): number[] {
	const times: number[] = [];
	for (const point of points) {
		times.push((from + point * widthMs) / 1000);
		if (isThinned) times.push((from + (point + 0.5) * widthMs) / 1000);
	}
	return times;
}

function valuesOf(values: Values | undefined, {points, holes, isThinned}: PageData): (number | null)[] {
	if (Array.isArray(values)) return values as (number | null)[];
	const each = isThinned ? 2 : 1;
	const all = new Array<number | null>(points.length * each).fill((values as number | null | undefined) ?? null);
	for (const hole of holes) all.fill(null, hole * each, (hole + 1) * each);
	return all;
}

type Backend = PageData['backends'][number];
type Drawing = {
	readonly data: PageData;
	readonly times: number[];
	readonly place: HTMLElement;
	readonly tell: (from: uPlot) => void;
};

function cssColor(name: string): string {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function plotOf(chart: Chart, backend: Backend, {data, times, place, tell}: Drawing): uPlot {
	const hasMs = chart.series.some(({unit}) => unit === 'ms');
	const box = document.createElement('div');
	box.className = 'chart';
	place.append(box);
	const axis = {
		stroke: () => cssColor('--quiet'),
		grid: {stroke: () => cssColor('--rule'), width: 1},
		ticks: {show: false},
	};
	const options: uPlot.Options = {
		title: chart.title,
		width: Math.max(240, box.clientWidth),
		height: HEIGHT,
		// all charts end at the same place, with or without an axis at the right
		padding: [null, hasMs ? 0 : RIGHT_AXIS, null, null],
		ms: 1e-3,
		tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), data.zone === 'UTC' ? 'Etc/UTC' : data.zone),
		cursor: {sync: {key: 'time'}, drag: {x: true, y: false}},
		scales: {
			x: {time: true},
			count: {range: (_, _min, max) => [0, Math.max(1, max * 1.05)]},
			ms: {range: (_, _min, max) => [0, Math.max(1, max * 1.05)]},
		},
		series: [
			{value: '{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}'},
			...chart.series.map(
				({label, color, unit}): uPlot.Series => ({
					label,
					scale: unit,
					stroke: () => cssColor(color),
					width: 1.5,
					points: {show: false},
					spanGaps: false,
					value: (_, value) => (value == null ? '–' : unit === 'ms' ? `${value} ms` : String(value)),
				}),
			),
		],
		axes: [
			{
				...axis,
				values: [
					[1e-9, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 0],
					[60, '{HH}:{mm}', '\n{MM}-{DD}', null, '\n{MM}-{DD}', null, null, null, 1],
					[86400, '{MM}-{DD}', null, null, null, null, null, null, 1],
				],
			},
			{...axis, scale: 'count', size: 46},
			...(hasMs
				? [
						{
							...axis,
							scale: 'ms',
							side: 1 as const,
							size: RIGHT_AXIS,
							grid: {show: false},
							values: (_: uPlot, ticks: number[]) => ticks.map((tick) => `${tick} ms`),
						},
					]
				: []),
		],
		hooks: {
			drawClear: [(plot) => shade(plot, backend)],
			setScale: [(plot, key) => key === 'x' && tell(plot)],
		},
	};
	const values = chart.series.map(({key}) => valuesOf(backend.metrics[key], data));
	return new uPlot(options, [times, ...values] as uPlot.AlignedData, box);
}

/** The times in which a finding was open, behind the curves. */
function shade(plot: uPlot, {findings}: Backend): void {
	const {ctx, bbox} = plot;
	ctx.save();
	ctx.beginPath();
	ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
	ctx.clip();
	for (const {from, to, severity} of findings) {
		if (severity === 'notice') continue;
		const left = plot.valToPos(from / 1000, 'x', true);
		const right = plot.valToPos(to / 1000, 'x', true);
		ctx.fillStyle = cssColor(severity === 'down' ? '--down-shade' : '--degraded-shade');
		ctx.fillRect(left, bbox.top, Math.max(2, right - left), bbox.height);
	}
	ctx.restore();
}
