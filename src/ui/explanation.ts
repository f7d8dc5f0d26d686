/**
What is wrong and who has to act, in the lines that the table leaves free: an incident is read without a key press. The
selected backend's findings come first if it has any, then the gravest; notices, and backends that the filter hides, are
left to the other views. Below, what is over.
*/
import {type Finding, findingKey} from '../finding.ts';
import {duration} from '../text/duration.ts';
import {findingBlock, pastLine} from './finding-block.ts';
import {line, type Piece} from './pieces.ts';
import {rowKey} from './rows.ts';
import {findingPlace, findingsOf, type State} from './screen-state.ts';
import {severityGlyph, severityRole, type Theme} from './theme.ts';

/** A heading, a sentence and a blank line before them. */
const FEWEST_LINES = 4;
const MOST_BEFORE = 8;

/** At most so many lines; none where there is nothing to say or no room to say it. */
export function explanationLines(state: State, theme: Theme, cells: number, lines: number): string[] {
	const {shown, selection} = state;
	if (shown === null || lines < FEWEST_LINES) return [];
	const listed = new Set(state.order);
	const alarms = shown.assessment.open.filter(
		({severity, backend, instance}) =>
			severity !== 'notice' && (backend === null || listed.has(rowKey(instance, backend))),
	);
	const ofSelected = state.rows.get(selection ?? '')?.verdict.findings ?? [];
	const isSelected = new Set(ofSelected.map(findingKey));
	const ordered = [
		...alarms.filter((finding) => isSelected.has(findingKey(finding))),
		...alarms.filter((finding) => !isSelected.has(findingKey(finding))),
	];
	const out: string[] = [];
	for (const finding of ordered) {
		const block = blockOf(finding, state, theme, cells, shown.model.time);
		if (out.length + block.length > lines) break;
		out.push(...block);
	}
	return [...out, ...beforeLines(state, listed, theme, cells, lines - out.length)];
}

/** What is over: the newest, as a log, where there is still room. */
function beforeLines(state: State, listed: ReadonlySet<string>, theme: Theme, cells: number, lines: number): string[] {
	const now = state.shown?.model.time ?? 0;
	const past = findingsOf(state).filter(
		({severity, backend, instance, to}) =>
			severity !== 'notice' &&
			to !== null &&
			to <= now &&
			(backend === null || listed.has(rowKey(instance, backend)) || state.filter === ''),
	);
	const room = Math.min(MOST_BEFORE, lines - 2);
	if (past.length === 0 || room < 1) return [];
	return [
		'',
		line(theme, cells, [
			[' earlier', 'title'],
			[past.length > room ? ` (${past.length}; Tab shows all)` : '', 'quiet'],
		]),
		...past.slice(0, room).map((finding) => pastLine(finding, findingPlace(finding, state), state, theme, cells)),
	];
}

function blockOf(finding: Finding, state: State, theme: Theme, cells: number, now: number): string[] {
	const {severity, rule, evidence} = finding;
	const lasted = now - evidence.began;
	const head: Piece[] = [
		[` ${severityGlyph(severity)} ${findingPlace(finding, state)} ${rule}`, severityRole(severity)],
		[lasted < 1000 ? '' : ` for ${duration(lasted)}`, 'quiet'],
		[':'],
	];
	return ['', ...findingBlock(head, finding, theme, cells)];
}
