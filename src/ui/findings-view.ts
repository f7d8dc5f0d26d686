/** What was found, newest first, as lines. */
import {LOOKBACK_MS} from '../snapshot.ts';
import {duration} from '../text/duration.ts';
import {fit} from '../text/fit.ts';
import {formatClock} from '../text/time.ts';
import {line} from './pieces.ts';
import {findingName, findingsOf, type State, scrollTo} from './screen-state.ts';
import {severityGlyph, severityRole, type Theme} from './theme.ts';

export function findingsLines(state: State, place: number, theme: Theme, cells: number, lines: number): string[] {
	const findings = findingsOf(state);
	const page = Math.max(1, lines - 1);
	if (findings.length === 0) {
		return [
			line(theme, cells, [[' no findings so far', 'quiet']]),
			line(theme, cells, [
				[` since this watch began; the last ${duration(LOOKBACK_MS)} can be played back with ←`, 'quiet'],
			]),
		];
	}
	const top = scrollTo(Math.max(0, place - Math.floor(page / 2)), place, page, findings.length);
	const head = line(theme, cells, [
		[` ${fit('SEEN', 9)} ${fit('LASTED', 8)}  ${fit('WHAT', 19)} ${fit('WHERE', 22)}  EVIDENCE`, 'quiet'],
	]);
	const now = state.shown?.model.time ?? 0;
	const rows = findings.slice(top, top + page).map((finding, row) => {
		const {severity, rule, from, to, message} = finding;
		const isSelected = top + row === place;
		const isAhead = from > now;
		const lasted = to === null || to > now ? (isAhead ? 'ahead' : 'open') : duration(to - from);
		const role = isAhead || (to !== null && to <= now) ? 'quiet' : severityRole(severity);
		return line(theme, cells, [
			[isSelected ? '›' : ' ', 'accent'],
			[`${fit(formatClock(from, state.playback.zone), 9)} ${fit(lasted, 8)}  `, isSelected ? 'strong' : 'quiet'],
			[`${severityGlyph(severity)} ${fit(rule, 17)} `, role],
			[`${fit(findingName(finding, state.rows), 22)}  `, isSelected ? 'strong' : 'plain'],
			[message],
		]);
	});
	return [head, ...rows];
}
