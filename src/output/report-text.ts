/** `report --format text` and `markdown`: what somebody reads the morning after, or pastes into a ticket. */
import {type Finding, type Severity, severityGlyph} from '../detect/finding.ts';
import {aboutRule} from '../detect/index.ts';
import {duration} from '../text/duration.ts';
import {evidenceText, valueText} from '../text/evidence.ts';
import {fit, width, wrap} from '../text/fit.ts';
import {greatest} from '../text/greatest.ts';
import {markdownBlock, markdownCode, markdownText} from '../text/markdown.ts';
import {sparkline} from '../text/sparkline.ts';
import {formatClock, formatTime, zoneName} from '../text/time.ts';
import type {Report} from './report.ts';
import {titleOf} from './report-title.ts';

const COLUMNS = 80;
const TIMELINE = 60;
const SEVERITIES: readonly Severity[] = ['down', 'degraded', 'notice'];

/** `name`: what the recording is called; left out: a live watch. */
export function reportText(report: Report, zone: string, name?: string): string {
	const {from, to} = report;
	if (from === null || to === null) return 'no snapshots\n';
	const lines = [...wrap(titleOf(report, zone), COLUMNS), headline(report, zone), ...factsOf(report, zone, name)];
	lines.push('', verdictText(report));
	if (report.findings.length > 0) lines.push('', ...timelineText(report, zone));
	for (const finding of report.findings) {
		const {severity, rule} = finding;
		lines.push('', `${severityGlyph(severity)} ${severity}  ${placeText(finding, report)}  ${rule}`);
		lines.push(`    ${period(finding, to, zone)}`);
		for (const text of [finding.message, ...peakText(finding), finding.hint]) {
			lines.push(...wrap(text, COLUMNS - 4).map((line) => `    ${line}`));
		}
	}
	return `${lines.join('\n')}\n`;
}

/** What comes from outside (hosts, names, messages, problems) is text there, never markup: see text/markdown.ts. */
export function reportMarkdown(report: Report, zone: string, name?: string): string {
	const {from, to, findings} = report;
	if (from === null || to === null) return '# No snapshots\n';
	const lines = [`# ${markdownText(titleOf(report, zone))}`, '', markdownText(headline(report, zone)), ''];
	lines.push(
		...factsOf(report, zone, name).map((fact) => `- ${markdownText(fact)}`),
		'',
		`**${markdownText(verdictText(report))}**`,
		'',
	);
	if (findings.length > 0) {
		lines.push('## Timeline', '', ...markdownBlock(timelineText(report, zone)), '');
		lines.push(
			'## Findings',
			'',
			`| | backend | rule | from (${markdownText(zoneName(from, zone))}) | lasted | what |`,
		);
		lines.push('|---|---|---|---|---|---|');
		for (const finding of findings) {
			const cells = [
				markdownText(`${severityGlyph(finding.severity)} ${finding.severity}`),
				markdownText(placeText(finding, report)),
				markdownCode(finding.rule),
				markdownText(formatTime(finding.from, zone)),
				markdownText(lastedText(finding, to)),
				[finding.message, ...peakText(finding), finding.hint].map(markdownText).join('<br>'),
			];
			lines.push(`| ${cells.join(' | ')} |`);
		}
		lines.push('');
	}
	if (report.series.length > 0) lines.push('## Connections', '', ...markdownBlock(seriesText(report)), '');
	return lines.join('\n');
}

/** `485 now, 1,291 at most` for each number that was more. */
function peakText({evidence, peak, to}: Finding): string[] {
	const parts = Object.entries(peak ?? {}).map(([name, most]) => {
		const last = evidence[name];
		const end = last === undefined ? '' : ` (${to === null ? 'now' : 'at the end'} ${valueText(name, last)})`;
		return `${evidenceText(name, most)}${end}`;
	});
	return parts.length === 0 ? [] : [`at most: ${parts.join(', ')}`];
}

/** What users felt, as far as TCP shows it: a sentence. */
export function feltText({felt, hasRequests, names, findings}: Report): string[] {
	if (!hasRequests) return ['what users felt cannot be seen: text tables without tcp_info'];
	const all = felt.toSorted((a, b) => b.givenUp - a.givenUp || b.longestMs - a.longestMs);
	const givenUp = all.reduce((sum, each) => sum + each.givenUp, 0);
	const longestMs = Math.max(0, ...all.map((each) => each.longestMs));
	if (all.length === 0) {
		const failedAtOnce = findings.some(({rule}) => aboutRule(rule).failsAtOnce);
		return [
			`users: no request was seen to wait for 2 s or more${failedAtOnce ? '; those that met a refused or closed connection failed at once' : ''}`,
		];
	}
	const where = all.slice(0, MOST_FELT).map(({backend}) => names.get(backend) ?? backend);
	const more = all.length > MOST_FELT ? ` and ${all.length - MOST_FELT} more` : '';
	const gaveUp = givenUp > 0 ? `${counted(givenUp, 'request')} given up without an answer, ` : '';
	return [`users: ${gaveUp}waits of up to ${duration(longestMs)} (${where.join(', ')}${more})`];
}

const MOST_FELT = 3;

function headline({hosts, from, to, isTimeAssumed}: Report, zone: string): string {
	if (from === null || to === null) return '';
	const isSameDay = formatTime(from, zone).slice(0, 10) === formatTime(to, zone).slice(0, 10);
	const end = isSameDay ? formatClock(to, zone) : formatTime(to, zone);
	const host = hosts.length > 0 ? `${hosts.join(', ')}  ` : '';
	const assumed = isTimeAssumed ? ' (times assumed)' : '';
	return `${host}${formatTime(from, zone)} – ${end} ${zoneName(to, zone)}${assumed}`;
}

export function factsOf(report: Report, zone: string, name?: string): string[] {
	return [
		...(name === undefined ? [] : [`recording ${name}`]),
		readText(report),
		...feltText(report),
		...missingText(report, zone),
	];
}

/** `158 snapshots over 2 min` */
export function readText({from, to, snapshots}: Report): string {
	return `${counted(snapshots, 'snapshot')} over ${duration(from === null || to === null ? 0 : to - from)}`;
}

/** What was not recorded, or could not be read: one line for gaps, one for torn rows. */
export function missingText({gaps, problems, tornRows}: Report, zone: string): string[] {
	const shown = gaps.slice(0, 5).map((gap) => {
		const problem = problems.find(({time}) => time >= gap.from && time <= gap.to);
		const why = problem === undefined ? '' : `: ${problem.text}`;
		return `${formatClock(gap.from, zone)} (${duration(gap.to - gap.from)}${why})`;
	});
	const more = gaps.length > shown.length ? `, and ${gaps.length - shown.length} more` : '';
	return [
		...(gaps.length > 0 ? [`${counted(gaps.length, 'gap')}: ${shown.join(', ')}${more}`] : []),
		...(tornRows > 0 ? [`${counted(tornRows, 'torn row')} skipped`] : []),
	];
}

export function verdictText({findings, problem}: Report): string {
	if (findings.length === 0 && problem !== null) return `nothing was seen: ${problem}`;
	const parts: string[] = [];
	for (const severity of SEVERITIES) {
		const count = findings.filter((finding) => finding.severity === severity).length;
		if (count > 0) parts.push(`${severityGlyph(severity)} ${count} ${severity}`);
	}
	return parts.length === 0 ? 'no findings' : parts.join('  ');
}

/** One line per place with findings: when each of them was open. */
function timelineText(report: Report, zone: string): string[] {
	const {from, to, findings} = report;
	if (from === null || to === null) return [];
	const places = new Map<string, Finding[]>();
	for (const finding of findings) {
		const key = placeText(finding, report);
		const list = places.get(key);
		if (list === undefined) places.set(key, [finding]);
		else list.push(finding);
	}
	const cells = Math.min(report.hasSeveral ? 48 : 32, greatest([...places.keys()].map(width)));
	const lines = [...places].map(([label, list]) => `${fit(label, cells)} ${bar(list, from, to)}`);
	const end = formatClock(to, zone);
	lines.push(`${' '.repeat(cells)} ${formatClock(from, zone)}${end.padStart(TIMELINE - 8)}`);
	return lines;
}

const INK: Readonly<Record<Severity, string>> = {down: '█', degraded: '▒', notice: '·'};

function bar(findings: readonly Finding[], from: number, to: number): string {
	const cells = new Array<string>(TIMELINE).fill('─');
	const span = Math.max(1, to - from);
	const column = (time: number) => Math.min(TIMELINE - 1, Math.floor(((time - from) / span) * TIMELINE));
	for (const severity of [...SEVERITIES].reverse()) {
		for (const finding of findings) {
			if (finding.severity === severity) {
				cells.fill(INK[severity], column(finding.from), column(finding.to ?? to) + 1);
			}
		}
	}
	return cells.join('');
}

function seriesText(report: Report): string[] {
	const {series, to} = report;
	const rows = series.map(({values, ...place}) => ({
		label: placeText(place, report),
		values: values.columns(to ?? 0, TIMELINE),
	}));
	const cells = Math.min(32, greatest(rows.map(({label}) => width(label))));
	return rows.map(({label, values}) => {
		const most = greatest(values.map((value) => value ?? 0));
		return `${fit(label, cells)} ${sparkline(values)} most ${most} established`;
	});
}

export function placeText(
	{backend, instance}: Pick<Finding, 'backend' | 'instance'>,
	{names, hasSeveral}: Report,
): string {
	if (backend === null) return `traefik ${instance}`;
	const name = names.get(backend);
	const whose = hasSeveral ? ` (${instance})` : '';
	return `${name === undefined ? backend : `${name} ${backend}`}${whose}`;
}

function period(finding: Finding, end: number, zone: string): string {
	const {from, to, evidence} = finding;
	const lead = from - evidence.began;
	const began = lead >= 1000 ? `, began ${duration(lead)} before` : '';
	const until = to === null ? 'still open' : formatTime(to, zone);
	return `${formatTime(from, zone)} – ${until} (${lastedText(finding, end)}${began})`;
}

export function lastedText({from, to}: Finding, end: number): string {
	return to === null ? `≥ ${duration(end - from)}` : duration(to - from);
}

function counted(count: number, what: string): string {
	return `${count} ${what}${count === 1 ? '' : 's'}`;
}
