/** What was found, newest first, as lines. */
import {type Finding, severityGlyph} from '../../detect/finding.ts';
import {LOOKBACK_MS} from '../../snapshot.ts';
import {duration} from '../../text/duration.ts';
import {fit, width, wrap} from '../../text/fit.ts';
import {greatest} from '../../text/greatest.ts';
import {formatClock, formatTime} from '../../text/time.ts';
import {isRecording} from '../state/playback.ts';
import {findingPlace, findingsOf, type ScreenState, scrollTo} from '../state/state.ts';
import {dayOf} from '../state/time-axis.ts';
import {severityRole, type Theme} from '../terminal/theme.ts';
import {findingBlock, ruleReference} from './finding-block.ts';
import {line, type Piece} from './pieces.ts';

export function findingsLines(state: ScreenState, place: number, theme: Theme, cells: number, lines: number): string[] {
	const findings = findingsOf(state);
	const page = Math.max(1, lines - 1);
	if (findings.length === 0) {
		const isPast = isRecording(state.playback);
		const text = isPast
			? state.playback.marks === null
				? 'no finding up to here; the recording is still being searched'
				: 'no finding in this recording'
			: `no finding since this watch started; ← goes back through the last ${duration(LOOKBACK_MS)}`;
		return wrap(text, Math.max(10, cells - 2)).map((words) => line(theme, cells, [[` ${words}`, 'quiet']]));
	}
	const now = state.shown?.model.time ?? 0;
	const selected = findings[place];
	// What the selected one says in full, below the list, where that leaves the list most of the lines.
	const block = selected === undefined ? [] : ['', ...blockOf(selected, state, theme, cells)];
	const rest = block.length * 2 < page ? page - block.length : page;
	const top = scrollTo(Math.max(0, place - Math.floor(rest / 2)), place, rest, findings.length);
	const visible = findings.slice(top, top + rest);
	const where = Math.min(
		Math.max(WHERE_CELLS, Math.floor(cells * WHERE_SHARE)),
		greatest(findings.map((finding) => width(findingPlace(finding, state)))),
	);
	const seen = hasDays(state) ? 16 : 9;
	const head = line(theme, cells, [
		[` ${fit('SEEN', seen)} ${fit('LASTED', 8)}  ${fit('WHAT', 18)} ${fit('WHERE', where)}  EVIDENCE`, 'quiet'],
	]);
	return [
		head,
		...visible.map((finding, row) => rowLine(finding, top + row === place, now, where, state, theme, cells)),
		...(rest < page ? block : []),
	];
}

/** Of a wide screen more: an address and the Traefik that dials it. */
const WHERE_CELLS = 22;
const WHERE_SHARE = 0.3;

function rowLine(
	finding: Finding,
	isSelected: boolean,
	now: number,
	where: number,
	state: ScreenState,
	theme: Theme,
	cells: number,
): string {
	const {severity, rule, from, to, message} = finding;
	const isAhead = from > now;
	const lasted = isAhead ? 'ahead' : to === null || to > now ? 'open' : duration(to - from);
	const role = isAhead || (to !== null && to <= now) ? 'quiet' : severityRole(severity);
	return line(theme, cells, [
		[isSelected ? '›' : ' ', 'accent'],
		[`${seenText(from, state)} ${fit(lasted, 8)}  `, isSelected ? 'strong' : 'quiet'],
		[`${severityGlyph(severity)} ${fit(rule, 16)} `, role],
		[`${fit(findingPlace(finding, state), where)}  `, isSelected ? 'strong' : 'plain'],
		[message],
	]);
}

/** A recording of several days says which. */
function hasDays({playback: {mode, from, to, zone}}: ScreenState): boolean {
	if ((mode !== 'replay' && mode !== 'paused') || from === null || to === null) return false;
	return formatTime(from, zone).slice(0, 10) !== formatTime(to, zone).slice(0, 10);
}

function seenText(from: number, state: ScreenState): string {
	const {zone} = state.playback;
	return hasDays(state) ? fit(`${dayOf(from, zone)} ${formatClock(from, zone)}`, 16) : fit(formatClock(from, zone), 9);
}

function blockOf(finding: Finding, state: ScreenState, theme: Theme, cells: number): string[] {
	const {severity, rule} = finding;
	const head: Piece = [` ${severityGlyph(severity)} ${findingPlace(finding, state)} ${rule}:`, severityRole(severity)];
	return [
		...findingBlock([head], finding, theme, cells),
		line(theme, cells, [[`     ${ruleReference(rule)}`, 'quiet']]),
	];
}
