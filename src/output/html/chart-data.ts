/** Curves and findings of a report as the data of its page, within a budget of numbers. */
import type {Finding} from '../../detect/finding.ts';
import type {BackendCurves, CurveGatherer, Extremes} from '../curves.ts';
import type {Chart, PageData, Values} from './page-data.ts';

const CHARTS: readonly Chart[] = [
	{
		title: 'Connections',
		series: [
			{key: 'established', label: 'ESTABLISHED', color: '--est', unit: 'count'},
			{key: 'timeWait', label: 'TIME_WAIT', color: '--tw', unit: 'count'},
			{key: 'closeWait', label: 'CLOSE_WAIT', color: '--cw', unit: 'count'},
			{key: 'finWait2', label: 'FIN_WAIT2', color: '--fw', unit: 'count'},
			{key: 'synSent', label: 'SYN_SENT', color: '--syn', unit: 'count'},
		],
	},
	{
		title: 'Requests',
		series: [
			{key: 'waiting', label: 'waiting', color: '--wait', unit: 'count'},
			{key: 'responseMs', label: 'response time (median)', color: '--resp', unit: 'ms'},
		],
	},
	{
		title: 'Changes between two looks',
		series: [
			{key: 'opened', label: 'opened', color: '--est', unit: 'count'},
			{key: 'closed', label: 'closed', color: '--tw', unit: 'count'},
			{key: 'retransmitting', label: 'retransmitting', color: '--syn', unit: 'count'},
		],
	},
	{
		title: 'Connections that ended between two looks, as the kernel told',
		series: [
			{key: 'endedAnswered', label: 'answered', color: '--est', unit: 'count'},
			{key: 'endedUnanswered', label: 'closed without an answer', color: '--wait', unit: 'count'},
			{key: 'endedRefused', label: 'refused', color: '--cw', unit: 'count'},
			{key: 'endedTimedOut', label: 'timed out', color: '--syn', unit: 'count'},
			{key: 'endedReset', label: 'reset', color: '--tw', unit: 'count'},
		],
	},
];

/** Numbers in a page: about 3 bytes each, so that it stays below 1 MB. */
const BUDGET = 240_000;
const FEWEST_POINTS = 60;

const KEYS = CHARTS.flatMap(({series}) => series.map(({key}) => key));

export function pageData(
	gatherer: CurveGatherer,
	{findings, to, zone}: {readonly findings: readonly Finding[]; readonly to: number; readonly zone: string},
): PageData & {readonly curves: readonly BackendCurves[]; readonly leftOut: number} {
	let curves = gatherer.curves();
	let changing = 0;
	for (const {metrics} of curves.backends) {
		for (const key of KEYS) if (Array.isArray(valuesOf(metrics.get(key), curves.seen, true))) changing++;
	}
	curves = gatherer.curves(Math.max(FEWEST_POINTS, Math.floor(BUDGET / (2 * Math.max(1, changing)))));
	const isThinned = curves.backends.some(({metrics}) => KEYS.some((key) => differs(metrics.get(key), curves.seen)));
	const {points, holes} = withHoles(curves.seen);
	return {
		from: curves.from,
		widthMs: curves.widthMs,
		points,
		holes,
		isThinned,
		zone,
		// where nobody told of endings there is nothing to draw
		charts: CHARTS.filter(({series}) => curves.backends.some(({metrics}) => series.some(({key}) => metrics.has(key)))),
		backends: curves.backends.map(({instance, address, metrics}) => ({
			metrics: Object.fromEntries(KEYS.map((key) => [key, valuesOf(metrics.get(key), points, isThinned)])),
			findings: findings
				.filter((finding) => finding.backend === address && finding.instance === instance)
				.map(({from, to: end, severity}) => ({from, to: end ?? to, severity})),
		})),
		curves: curves.backends,
		leftOut: curves.leftOut,
	};
}

/** More than this many usual distances between two points are a gap. */
const GAP_DISTANCES = 3;

/** The points, and one more after each that is followed by a gap. */
function withHoles(seen: readonly number[]): {readonly points: readonly number[]; readonly holes: readonly number[]} {
	const distances = seen.slice(1).map((point, i) => point - (seen[i] ?? 0));
	const usual = distances.toSorted((a, b) => a - b)[distances.length >> 1] ?? 1;
	const points: number[] = [];
	const holes: number[] = [];
	for (const [i, point] of seen.entries()) {
		points.push(point);
		if ((distances[i] ?? 0) <= GAP_DISTANCES * usual) continue;
		holes.push(points.length);
		points.push(point + 1);
	}
	return {points, holes};
}

function differs(column: Extremes | undefined, points: readonly number[]): boolean {
	return points.some((point) => {
		const [least = Number.NaN, most = Number.NaN] = [column?.least[point], column?.most[point]];
		return !Number.isNaN(least) && least !== most;
	});
}

function valuesOf(column: Extremes | undefined, points: readonly number[], isThinned: boolean): Values {
	if (column === undefined) return null;
	const values: (number | null)[] = [];
	for (const point of points) {
		values.push(shown(column.least[point]));
		if (isThinned) values.push(shown(column.most[point]));
	}
	const [first = null] = values;
	return values.every((value) => value === first) ? first : values;
}

function shown(value = Number.NaN): number | null {
	if (Number.isNaN(value)) return null;
	return value >= 100 ? Math.round(value) : Math.round(value * 10) / 10;
}
