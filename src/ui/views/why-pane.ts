/** What is wrong with one backend and who has to act, in this many lines; where nothing is, what can be said of it. */

import {type Finding, severityGlyph} from '../../detect/finding.ts';
import {MULTIPLEXED} from '../../model/multiplexed.ts';
import {LOOKBACK_MS} from '../../snapshot.ts';
import {backendLabel} from '../../text/backend-label.ts';
import {duration} from '../../text/duration.ts';
import {peak} from '../../text/sparkline.ts';
import {formatClock} from '../../text/time.ts';
import type {BackendRow} from '../state/rows.ts';
import {findingPlace, findingsOf, type ScreenState} from '../state/state.ts';
import type {Subject} from '../state/subject.ts';
import {severityRole, stateLabel, type Theme} from '../terminal/theme.ts';
import {findingBlock, pastLine} from './finding-block.ts';
import {type Measure, measureOf} from './measures.ts';
import {flow, line, type Piece, wordsOf} from './pieces.ts';
import {seenFor} from './seen-for.ts';
import {valuesOf} from './trend.ts';

/** What is explained first; then the other problems as far as they fit whole. */
export function whyLines(subject: Subject, state: ScreenState, theme: Theme, cells: number, lines: number): string[] {
	const {finding, row, problems} = subject;
	const first =
		finding === null
			? stateLines(row, problems.length, state, theme, cells)
			: blockOf(finding, row, state, theme, cells);
	return first.slice(0, lines);
}

/** The other problems, each whole, the gravest first. */
export function otherLines(subject: Subject, state: ScreenState, theme: Theme, cells: number, lines: number): string[] {
	const out: string[] = [];
	for (const finding of subject.problems) {
		if (finding === subject.finding) continue;
		const row = state.rows.get(`${finding.instance} ${finding.backend}`) ?? null;
		const block = blockOf(finding, row, state, theme, cells);
		if (out.length + block.length + 1 > lines) break;
		out.push('', ...block);
	}
	return out;
}

/** `▲ search-1 close-wait for 65 s, since 14:01:06: 33 sockets, oldest 65 s (peak 33)`, and after an arrow who owes what. */
function blockOf(finding: Finding, row: BackendRow | null, state: ScreenState, theme: Theme, cells: number): string[] {
	const {severity, rule, evidence, message} = finding;
	const {playback, shown} = state;
	const lasted = (shown?.model.time ?? 0) - evidence.began;
	const since = formatClock(evidence.began, playback.zone);
	const head: Piece[] = [
		[` ${severityGlyph(severity)} ${findingPlace(finding, state)} ${rule}`, severityRole(severity)],
		[lasted < 1000 ? '' : ` for ${duration(lasted)}, since ${since}`, 'quiet'],
		[':'],
	];
	return findingBlock(head, {...finding, message: message + peakOf(finding, row, state)}, theme, cells);
}

/** Of what the finding was made of, where it was higher than now. */
function peakOf(finding: Finding, row: BackendRow | null, state: ScreenState): string {
	if (row === null || row.instance.problem !== null) return '';
	const measure: Measure = measureOf(finding, row);
	if (measure.id === 'EST' || measure.id === 'NEW/s' || measure.id === 'RESP') return '';
	const clockMs = state.shown?.model.clockMs ?? 0;
	const span = {clockMs, epochMs: 0, spanMs: LOOKBACK_MS, beatMs: 0};
	const most = peak(valuesOf(row, measure, span, PEAK_STEPS));
	return most > (measure.read(row) ?? 0) ? ` (peak ${measure.id} ${measure.write(most, 6)})` : '';
}

const PEAK_STEPS = 60;

function stateLines(
	row: BackendRow | null,
	problems: number,
	state: ScreenState,
	theme: Theme,
	cells: number,
): string[] {
	if (row === null) return [];
	const {verdict, instance} = row;
	const time = state.shown?.model.time ?? 0;
	const since = time - verdict.since;
	const age = since >= LOOKBACK_MS ? 'for ≥ 15 min' : since < 1000 ? '' : `for ${duration(since)}`;
	const head: Piece[] = [
		[` ${stateLabel(verdict.state)} `, verdict.state],
		[`${backendLabel(row.backend)} `, 'strong'],
		[age, 'quiet'],
	];
	const says =
		instance.problem !== null
			? instance.problem
			: verdict.state === 'unknown' && verdict.caveat
				? verdict.caveat
				: verdict.state === 'idle'
					? 'no connection, no dial'
					: 'nothing points to trouble';
	const others = problems === 0 ? [] : [`n goes to ${problems === 1 ? 'the problem' : `the ${problems} problems`}`];
	const multiplexed = row.backend.isMultiplexed ? [MULTIPLEXED] : [];
	const facts = [says, ...multiplexed, ...seenFor(row, state.shown?.model.clockMs ?? 0), ...others];
	return [
		...flow(theme, cells, [head], {indent: 3}),
		...flow(theme, cells, [[['  ']], ...wordsOf(facts.join(' · '), 'quiet')], {gap: 1, indent: 3}),
	];
}

/** What is over, newest first, under its title; nothing where there is no room for one. */
export function earlierLines(state: ScreenState, theme: Theme, cells: number, lines: number): string[] {
	const now = state.shown?.model.time ?? 0;
	const past = findingsOf(state).filter(({severity, to}) => severity !== 'notice' && to !== null && to <= now);
	const room = lines - 2;
	if (past.length === 0 || room < 1) return [];
	const more = past.length > room ? `${past.length}; Tab shows all` : '';
	return [
		'',
		titleLine('earlier', more, theme, cells),
		...past.slice(0, room).map((finding) => pastLine(finding, findingPlace(finding, state), state, theme, cells)),
	];
}

/** What opened and what is over, newest first, under its title: a pane of its own. */
export function eventLines(state: ScreenState, theme: Theme, cells: number, lines: number): string[] {
	const now = state.shown?.model.time ?? 0;
	const events = findingsOf(state).filter(({severity, from}) => severity !== 'notice' && from <= now);
	if (events.length === 0 || lines < 3) return [];
	return [
		'',
		titleLine('events', events.length > lines - 2 ? `${events.length}; Tab shows all` : '', theme, cells),
		...events
			.slice(0, lines - 2)
			.map((finding) => pastLine(finding, findingPlace(finding, state), state, theme, cells)),
	];
}

/** A title in a line of its own, for a pane without a rule above it. */
export function titleLine(left: string, right: string, theme: Theme, cells: number): string {
	return line(theme, cells, [[` ${left}`, 'title']], [[right, 'quiet']]);
}
