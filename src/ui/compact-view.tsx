import type {Assessment} from '../detect/assessment.ts';
import type {Finding} from '../finding.ts';
import {fit, width} from '../text/fit.ts';
import {beforeFirstLook} from './empty-view.ts';
import {countPieces} from './header.tsx';
import {shortModePieces} from './mode.ts';
import {line, type Piece} from './pieces.ts';
import {findingName, type State} from './screen-state.ts';
import {Lines} from './sheet.tsx';
import {severityGlyph, severityRole, type Theme} from './theme.ts';

type Props = {
	readonly state: State;
	readonly theme: Theme;
	readonly cells: number;
	readonly lines: number;
};

/** The small pane: one line per problem, or one that says that there is none. */
export function CompactView({state, theme, cells, lines}: Props) {
	return <Lines lines={compactLines(state, theme, cells, lines)} />;
}

function compactLines(state: State, theme: Theme, cells: number, lines: number): string[] {
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
	const shownCount = all.length > lines ? lines - 1 : all.length;
	const out = all.slice(0, shownCount);
	if (all.length > shownCount) out.push([[`… ${all.length - shownCount} more`, 'quiet']]);
	else if (out.length < lines) out.push(summaryPieces(assessment));
	const mode = shortModePieces(state);
	return out.map((pieces, place) => line(theme, cells, pieces, place === out.length - 1 ? mode : []));
}

function summaryPieces(assessment: Assessment): Piece[] {
	const {counts} = assessment;
	const isQuiet = counts.down + counts.degraded + counts.unknown === 0 && assessment.worst === null;
	// Nothing but good ones: two blanks after the glyph, so that the eye tells it from a list of problems.
	return isQuiet ? [[`●  ${counts.ok + counts.idle} ok`, 'ok']] : countPieces(assessment);
}

function problemPieces(finding: Finding, rows: State['rows'], cells: number): Piece[] {
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
