/** The timeline of a report as SVG: a lane for each place that had findings, a bar for each time one was open. */
import type {Finding} from '../../detect/finding.ts';
import {duration} from '../../text/duration.ts';
import {formatClock, formatTime, zoneName} from '../../text/time.ts';
import {escapeHtml} from './escape.ts';

const WIDTH = 1000;
const LABEL = 240;
const LANE = 26;
const BAR = 14;
const AXIS = 22;
/** A finding of a moment is a bar that can be seen. */
const NARROWEST = 3;
const TICKS = 6;
/** More lanes than this do not fit on a page. */
export const MAX_LANES = 100;

export type Lane = {readonly label: string; readonly findings: readonly Finding[]};

type Span = {readonly from: number; readonly to: number; readonly zone: string};

export function lanesSvg(lanes: readonly Lane[], gaps: readonly {from: number; to: number}[], span: Span): string {
	const shown = lanes.slice(0, MAX_LANES);
	const height = shown.length * LANE + AXIS;
	const parts = [
		`<svg class="lanes" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(summary(shown))}">`,
		...gaps.map((gap) => gapRect(gap, span, height)),
		...shown.flatMap((lane, i) => laneParts(lane, i * LANE, span)),
		...axis(span, shown.length * LANE),
		'</svg>',
	];
	return parts.join('\n');
}

function summary(lanes: readonly Lane[]): string {
	const all = lanes.map(({label, findings}) => `${label}: ${[...new Set(findings.map(({rule}) => rule))].join(', ')}`);
	return `Findings over time. ${all.join('. ')}`;
}

function x(time: number, {from, to}: Span): number {
	const share = Math.min(1, Math.max(0, (time - from) / Math.max(1, to - from)));
	return Math.round((LABEL + share * (WIDTH - LABEL)) * 10) / 10;
}

function gapRect(gap: {from: number; to: number}, span: Span, height: number): string {
	const left = x(gap.from, span);
	const title = `not recorded: ${formatTime(gap.from, span.zone)}, ${duration(gap.to - gap.from)}`;
	const box = `x="${left}" y="0" width="${Math.max(1, x(gap.to, span) - left)}" height="${height - AXIS}"`;
	return `<rect class="gap" ${box}><title>${escapeHtml(title)}</title></rect>`;
}

const ORDER = {notice: 0, degraded: 1, down: 2} as const;

function laneParts({label, findings}: Lane, top: number, span: Span): string[] {
	const middle = top + LANE / 2;
	const text = label.length > 34 ? `${label.slice(0, 33)}…` : label;
	const parts = [
		`<text class="label" x="0" y="${middle + 4}">${escapeHtml(text)}<title>${escapeHtml(label)}</title></text>`,
		`<line class="lane" x1="${LABEL}" y1="${middle}" x2="${WIDTH}" y2="${middle}"/>`,
	];
	for (const finding of findings.toSorted((a, b) => ORDER[a.severity] - ORDER[b.severity])) {
		parts.push(...bar(finding, middle, span));
	}
	return parts;
}

function bar({severity, rule, from, to, message}: Finding, middle: number, span: Span): string[] {
	const left = x(from, span);
	const width = Math.max(NARROWEST, x(to ?? span.to, span) - left);
	const lasted = `${to === null ? '≥ ' : ''}${duration((to ?? span.to) - from)}`;
	const title = `${severity} ${rule}, ${formatClock(from, span.zone)}, ${lasted}: ${message}`;
	const height = severity === 'notice' ? BAR / 3 : BAR;
	const box = `x="${left}" y="${middle - height / 2}" width="${width}" height="${height}" rx="2"`;
	const parts = [`<rect class="bar ${severity}" ${box}><title>${escapeHtml(title)}</title></rect>`];
	const words = `${rule} ${lasted}`;
	const room = words.length * 6.5 + 8;
	if (severity === 'notice') return parts;
	if (width > room) parts.push(`<text class="inside" x="${left + 4}" y="${middle + 4}">${escapeHtml(words)}</text>`);
	return parts;
}

function axis(span: Span, top: number): string[] {
	const {from, to, zone} = span;
	const parts = [`<line class="axis" x1="${LABEL}" y1="${top}" x2="${WIDTH}" y2="${top}"/>`];
	const isLong = to - from > 20 * 3_600_000;
	for (let i = 0; i <= TICKS; i++) {
		const time = from + ((to - from) * i) / TICKS;
		const text = isLong ? formatTime(time, zone).slice(5, 16) : formatClock(time, zone);
		const anchor = i === 0 ? 'start' : i === TICKS ? 'end' : 'middle';
		parts.push(`<text class="tick" x="${x(time, span)}" y="${top + 15}" text-anchor="${anchor}">${text}</text>`);
	}
	parts.push(`<text class="tick" x="0" y="${top + 15}">${escapeHtml(zoneName(to, zone))}</text>`);
	return parts;
}
