import {type Finding, severityGlyph} from '../../detect/finding.ts';
import type {Model} from '../../model/model.ts';
import {count, grouped, percent, rate} from '../../text/count.ts';
import {shortDuration} from '../../text/duration.ts';
import {fit, width} from '../../text/fit.ts';
import {greatest} from '../../text/greatest.ts';
import {formatClock} from '../../text/time.ts';
import {shortModePieces, shownTime} from '../state/mode.ts';
import type {BackendRow} from '../state/rows.ts';
import {findingName, type ScreenState} from '../state/state.ts';
import {Lines} from '../terminal/text-slots.tsx';
import {severityRole, type Theme} from '../terminal/theme.ts';
import {beforeFirstLook} from './empty-view.ts';
import {countPieces} from './header.tsx';
import {MEASURES} from './measures.ts';
import {line, type Piece, piecesWidth} from './pieces.ts';
import {shownResponseMs} from './response.ts';
import {backendsOf, ratesOf, totalBars} from './totals.ts';

type Props = {
	readonly state: ScreenState;
	readonly theme: Theme;
	readonly cells: number;
	readonly lines: number;
};

/** The small pane: one line per problem, or one that says that there is none. */
export function CompactView({state, theme, cells, lines}: Props) {
	return <Lines lines={compactLines(state, theme, cells, lines)} />;
}

function compactLines(state: ScreenState, theme: Theme, cells: number, lines: number): string[] {
	const {shown, rows, playback} = state;
	if (shown === null) return [line(theme, cells, [[`○ ${beforeFirstLook(playback)}`, 'quiet']])];
	const {model, assessment} = shown;
	if (model.instances.length === 0)
		return [line(theme, cells, [[`? ${model.problem ?? 'no Traefik seen'}`, 'unknown']])];
	const problems = assessment.open.filter(({severity}) => severity !== 'notice');
	const blind = model.instances.filter(({problem}) => problem !== null);
	const all = [
		...problems.map((finding) => problemPieces(finding, rows, cells)),
		...blind.map(({id, problem}): Piece[] => [['? unknown', 'unknown'], [` ${id} ${problem ?? ''}`]]),
	];
	const mode = shortModePieces(state);
	if (all.length === 0 && assessment.worst === null) return calmLines(state, theme, cells, lines);
	const shownCount = all.length > lines ? lines - 1 : all.length;
	const out = all.slice(0, shownCount);
	if (all.length > shownCount) out.push([[`… ${all.length - shownCount} more`, 'quiet']]);
	else if (out.length < lines) out.push(countPieces(assessment));
	const drawn = out.map((pieces, place) => line(theme, cells, pieces, place === out.length - 1 ? mode : []));
	return [...drawn, ...sumLines(state, theme, cells).slice(0, Math.max(0, lines - drawn.length))];
}

/** Nothing is wrong: how many there are and when that was, what they hold, what comes and goes. */
function calmLines(state: ScreenState, theme: Theme, cells: number, lines: number): string[] {
	const {counts} = state.shown?.assessment ?? {counts: {ok: 0, idle: 0, unknown: 0}};
	const isAllGood = counts.unknown === 0;
	// Nothing but good ones: two blanks after the glyph, so that the eye tells it from a list of problems.
	const summary: Piece[] =
		isAllGood || state.shown === null
			? [[`●  ${grouped(counts.ok + counts.idle)} ok`, 'ok']]
			: countPieces(state.shown.assessment);
	const first = line(theme, cells, summary, cells < CLOCK_CELLS ? shortModePieces(state) : whenPieces(state));
	return [first, ...sumLines(state, theme, cells)].slice(0, lines);
}

/** From here on a line has room for the time. */
const CLOCK_CELLS = 18;

/** `14:02 ● LIVE`: seconds would change the pane at every tick. */
function whenPieces(state: ScreenState): Piece[] {
	const time = shownTime(state);
	const short = shortModePieces(state);
	return [
		[time === null ? '' : formatClock(time, state.playback.zone).slice(0, 5), 'quiet'],
		...(short.length > 0 ? [[' '] as Piece, ...short] : [[' ● LIVE', 'ok'] as Piece]),
	];
}

/** EST, TW and CW with their past and what comes and goes beside it; in a narrow pane the numbers alone. */
function sumLines(state: ScreenState, theme: Theme, cells: number): string[] {
	const model = state.shown?.model ?? null;
	if (model === null) return [];
	const sums = backendsOf(model);
	const {fresh, refused} = ratesOf(model);
	const per = (value: number | null) => (value === null ? '–' : `${rate(value, 4)}/s`);
	if (cells < SUM_CELLS) {
		return [
			line(theme, cells, [
				...numberPieces('EST', sums.established),
				...numberPieces(' TW', sums.timeWait),
				...numberPieces(' CW', sums.closeWait),
			]),
			line(theme, cells, [
				['new ', 'quiet'],
				[per(fresh)],
				[' ref ', 'quiet'],
				[per(refused), refused ? 'degraded' : 'quiet'],
			]),
		];
	}
	const beside: readonly Piece[][] = [
		[['new ', 'quiet'], [fit(per(fresh), 6, 'right')]],
		portPieces(model),
		[
			['ref ', 'quiet'],
			[fit(per(refused), 6, 'right'), refused ? 'degraded' : 'plain'],
		],
	];
	const widest = Math.max(...beside.map(piecesWidth));
	const bars = Math.min(60, cells - LABEL_CELLS - widest - 2);
	const values = {EST: sums.established, TW: sums.timeWait, CW: sums.closeWait};
	const out = (['EST', 'TW', 'CW'] as const).map((id, at) =>
		line(
			theme,
			cells,
			[
				[fit(id, 4), MEASURES[id].role],
				[fit(count(values[id], 5), 5, 'right'), values[id] === 0 ? 'quiet' : 'plain'],
				[' '],
				totalBars(id, state, bars),
			],
			beside[at] ?? [],
		),
	);
	return [...out, line(theme, cells, extremePieces(state))];
}

const SUM_CELLS = 30;
const LABEL_CELLS = 10;

function numberPieces(label: string, value: number): Piece[] {
	return [
		[`${label} `, 'quiet'],
		[count(value, 5), value === 0 ? 'quiet' : 'plain'],
	];
}

/** Of the backend that uses most of its local ports. */
function portPieces({instances}: Model): Piece[] {
	const shares = instances.flatMap(({backends, snapshot: {ports}}) =>
		ports === null ? [] : backends.map(({now}) => (now?.localPorts ?? 0) / (ports.high - ports.low + 1)),
	);
	return shares.length === 0 ? [] : [[`${percent(greatest(shares))} `], ['ports', 'quiet']];
}

/** `slowest web-2 31ms  busiest cart-1 48`. */
function extremePieces({rows}: ScreenState): Piece[] {
	const all = [...rows.values()];
	const name = ({backend}: BackendRow) => backend.name ?? backend.address;
	const slowest = all.reduce<BackendRow | null>(
		(most, row) => ((shownResponseMs(row) ?? -1) > (most === null ? -1 : (shownResponseMs(most) ?? -1)) ? row : most),
		null,
	);
	const busiest = all.reduce<BackendRow | null>(
		(most, row) => (row.backend.connections.established > (most?.backend.connections.established ?? 0) ? row : most),
		null,
	);
	return [
		...(slowest === null
			? []
			: ([['slowest ', 'quiet'], [`${name(slowest)} ${shortDuration(shownResponseMs(slowest))}  `]] as Piece[])),
		...(busiest === null
			? []
			: ([['busiest ', 'quiet'], [`${name(busiest)} ${count(busiest.backend.connections.established)}`]] as Piece[])),
	];
}

function problemPieces(finding: Finding, rows: ScreenState['rows'], cells: number): Piece[] {
	const {severity, rule, message} = finding;
	return [
		[`${severityGlyph(severity)} `, severityRole(severity)],
		[`${shortName(findingName(finding, rows), cells - rule.length - 3)} `, 'strong'],
		[rule, severityRole(severity)],
		[`: ${message}`],
	];
}

/** A name as it fits beside its rule: an address loses its port, then its beginning; a name its end. */
function shortName(name: string, cells: number): string {
	const room = Math.max(5, cells);
	if (width(name) <= room) return name;
	const port = /^([\d.]+|\[[\da-f:]+\]):\d+$/.exec(name);
	if (port === null) return fit(name, room);
	const host = port[1] ?? name;
	return width(host) <= room ? host : `…${host.slice(host.length - room + 1).replace(/^[.:]/, '')}`;
}
