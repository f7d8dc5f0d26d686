/** The sums over all instances: groups whose numbers have room to grow, so that nothing beside them moves. */
import type {InstanceModel, Model} from '../../model/model.ts';
import {metricSum} from '../../model/series.ts';
import {type Connections, sumOfConnections} from '../../parse/tcp-state.ts';
import {count, rate} from '../../text/count.ts';
import {fit} from '../../text/fit.ts';
import {fineCeiling, peak, sparkline} from '../../text/sparkline.ts';
import type {ScreenState} from '../state/state.ts';
import {MEASURES} from './measures.ts';
import {type Piece, piecesWidth} from './pieces.ts';
import {stepsOf} from './trend.ts';

const WITH_BARS = ['EST', 'TW', 'CW'] as const;
type Total = (typeof WITH_BARS)[number];

/** Bars of each sum, the most that there is room for; 0: none. */
const BARS = [60, 30, 20, 15, 12, 10, 8, 0] as const;
const GAP = 2;

/** What of the sums fits into this many cells: EST, TW and CW before everything, then what comes and fails, then their past. */
export function totalPieces(state: ScreenState, cells: number): Piece[] {
	const model = state.shown?.model ?? null;
	if (model === null || model.instances.length === 0) return [];
	const rates = rateGroups(model);
	const sums = (bars: number) => WITH_BARS.map((id): Piece[] => sumPieces(id, state, model, bars));
	const bare = sums(0);
	while (bare.length > 0 && widthOf(bare) > cells) bare.pop();
	if (bare.length < WITH_BARS.length) return join(bare);
	let kept = rates;
	while (kept.length > 0 && widthOf([...bare, ...kept]) > cells) kept = kept.slice(0, -1);
	const without = widthOf([...bare, ...kept]);
	const bars = BARS.find((bars) => bars === 0 || without + WITH_BARS.length * (bars + 1) <= cells) ?? 0;
	return join([...sums(bars), ...kept]);
}

function widthOf(groups: readonly (readonly Piece[])[]): number {
	return groups.reduce((sum, group) => sum + GAP + piecesWidth(group), -GAP);
}

function join(groups: readonly (readonly Piece[])[]): Piece[] {
	return groups.flatMap((group, at): readonly Piece[] => (at === 0 ? group : [[' '.repeat(GAP)], ...group]));
}

const STATE_OF = {EST: 'established', TW: 'timeWait', CW: 'closeWait'} as const;
const NUMBER_CELLS: Readonly<Record<Total, number>> = {EST: 5, TW: 5, CW: 4};

function sumPieces(id: Total, state: ScreenState, model: Model, bars: number): Piece[] {
	const measure = MEASURES[id];
	const value = readable(model).length === 0 ? null : backendsOf(model)[STATE_OF[id]];
	const number = count(value, NUMBER_CELLS[id]);
	const pieces: Piece[] = [
		[`${id} `, measure.role],
		[fit(number, NUMBER_CELLS[id], 'right'), value === 0 ? 'quiet' : 'plain'],
	];
	if (bars === 0) return pieces;
	const values = pastOf(id, state, model, bars);
	const text = sparkline(values, fineCeiling(peak(values, measure.floor)));
	return [...pieces, [' '], [fit(text, bars), peak(values) > 0 ? measure.role : 'rule']];
}

/** Asked for at every key, made of every backend: kept as long as the look is the same. */
const past = new WeakMap<Model, Map<string, readonly (number | null)[]>>();

function pastOf(id: Total, {zoom, rows}: ScreenState, model: Model, bars: number): readonly (number | null)[] {
	const known = past.get(model) ?? new Map<string, readonly (number | null)[]>();
	past.set(model, known);
	const key = `${id} ${zoom} ${bars}`;
	const before = known.get(key);
	if (before !== undefined) return before;
	const [first] = rows.values();
	const steps = stepsOf(bars, {spanMs: zoom, beatMs: first?.backend.track.beatMs() ?? 0});
	const stepMs = zoom / steps;
	const end = (Math.floor(model.clockMs / stepMs) + 1) * stepMs - 1;
	const tracks = model.instances.flatMap(({backends}) => backends.map(({track}) => track));
	const values = metricSum(tracks, MEASURES[id].metrics, end, zoom, steps);
	known.set(key, values);
	return values;
}

/** In the order in which they go where there is no room: the last one first. */
function rateGroups(model: Model): Piece[][] {
	const seen = readable(model);
	const sumOf = (read: (instance: InstanceModel) => number | null) => {
		const values = seen.map(read).filter((value) => value !== null);
		return values.length === 0 ? null : values.reduce((a, b) => a + b, 0);
	};
	const perSecond = (label: string, read: (instance: InstanceModel) => number | null): Piece[] => {
		const value = sumOf(read);
		const text = value === null ? '–' : `${rate(value, 4)}/s`;
		return [
			[`${label} `, 'quiet'],
			[fit(text, 6, 'right'), value === null || value === 0 ? 'quiet' : 'plain'],
		];
	};
	const clients = seen.length === 0 ? null : sumOfConnections(seen.map(({clients}) => clients)).established;
	return [
		perSecond('refused', ({refusedPerSecond}) => refusedPerSecond),
		perSecond('new', ({openedPerSecond}) => openedPerSecond),
		[
			['clients ', 'quiet'],
			[fit(count(clients, 6), 6, 'right'), clients === 0 ? 'quiet' : 'plain'],
		],
		perSecond('retrans', ({retransmittedPerSecond}) => retransmittedPerSecond),
	];
}

/** Connections opened and dials refused a second, of all together; null: unknown. */
export function ratesOf(model: Model): {readonly fresh: number | null; readonly refused: number | null} {
	const sumOf = (read: (instance: InstanceModel) => number | null) =>
		readable(model).reduce<number | null>((total, instance) => {
			const value = read(instance);
			return value === null ? total : (total ?? 0) + value;
		}, null);
	return {
		fresh: sumOf(({openedPerSecond}) => openedPerSecond),
		refused: sumOf(({refusedPerSecond}) => refusedPerSecond),
	};
}

function readable({instances}: Model): InstanceModel[] {
	return instances.filter(({problem}) => problem === null);
}

/** Of all backends together. */
export function backendsOf(model: Model): Connections {
	return sumOfConnections(readable(model).map(({connections}) => connections));
}

/** The past of all backends together, as bars; for a small pane. */
export function totalBars(id: Total, state: ScreenState, bars: number): Piece {
	const model = state.shown?.model ?? null;
	if (model === null || bars < 4) return [''];
	const values = pastOf(id, state, model, bars);
	const {role, floor} = MEASURES[id];
	return [sparkline(values, fineCeiling(peak(values, floor))), peak(values) > 0 ? role : 'rule'];
}
