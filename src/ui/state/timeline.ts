/** The findings of a watch. */
import type {Assessment} from '../../detect/assessment.ts';
import {type Finding, findingKey} from '../../detect/finding.ts';

/** The newest findings that are kept. */
const TIMELINE_LENGTH = 500;

/** With what a look says: in the order of time, each as it was seen last. The same list when nothing is new. */
export function remember(timeline: readonly Finding[], {opened, closed, open}: Assessment): readonly Finding[] {
	const known = new Map(timeline.map((finding) => [findingKey(finding), finding]));
	const news = [...open, ...opened, ...closed].filter((finding) => {
		const before = known.get(findingKey(finding));
		return before === undefined || before.to !== finding.to;
	});
	if (news.length === 0) return timeline;
	for (const finding of news) known.set(findingKey(finding), finding);
	return [...known.values()].sort((a, b) => a.from - b.from).slice(-TIMELINE_LENGTH);
}
