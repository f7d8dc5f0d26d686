/**
`report --format html`: one file that asks nobody for anything. Without its script the findings and their timeline can be
read; with it each backend's numbers over time are drawn. The policy in its head lets nothing run or load but what was put
in here, by its hash.
*/
import {createHash} from 'node:crypto';
import {type Finding, type Severity, severityGlyph} from '../../detect/finding.ts';
import {plural} from '../../text/plural.ts';
import {formatTime, zoneName} from '../../text/time.ts';
import type {BackendCurves, CurveGatherer} from '../curves.ts';
import type {Report} from '../report.ts';
import {feltText, lastedText, missingText, placeText, readText, verdictText} from '../report-text.ts';
import {titleOf} from '../report-title.ts';
import {pageData} from './chart-data.ts';
import {escapeHtml, scriptJson} from './escape.ts';
import {type Lane, lanesSvg, MAX_LANES} from './lanes.ts';

export type PageAssets = {readonly script: string; readonly style: string};

export type PageOptions = {
	/** IANA name. */
	readonly zone: string;
	/** What was reported on: a path, or how long was watched. */
	readonly recording: string;
	readonly version: string;
	readonly assets: PageAssets;
};

export function reportHtml(report: Report, gatherer: CurveGatherer, options: PageOptions): string {
	const {zone, assets, version} = options;
	const {from, to} = report;
	const title = titleOf(report, zone);
	const data = from === null || to === null ? null : pageData(gatherer, {findings: report.findings, to, zone});
	const policy = [
		"default-src 'none'",
		`script-src '${hashOf(assets.script)}'`,
		`style-src '${hashOf(assets.style)}'`,
		"base-uri 'none'",
		"form-action 'none'",
	].join('; ');
	const json = data === null ? null : {...data, curves: undefined, leftOut: undefined};
	return [
		'<!doctype html>',
		'<html lang="en">',
		'<head>',
		'<meta charset="utf-8">',
		`<meta http-equiv="Content-Security-Policy" content="${policy}">`,
		'<meta name="viewport" content="width=device-width, initial-scale=1">',
		'<meta name="color-scheme" content="light dark">',
		'<meta name="referrer" content="no-referrer">',
		`<title>${escapeHtml(title)}</title>`,
		`<style>${assets.style}</style>`,
		'</head>',
		'<body>',
		'<header>',
		`<h1>${escapeHtml(title)}</h1>`,
		`<p class="verdict">${escapeHtml(verdictText(report))}</p>`,
		factList(report, options),
		'</header>',
		'<main>',
		...(from === null || to === null ? ['<p>No snapshots.</p>'] : timeline(report, {from, to, zone})),
		...findingTable(report, zone),
		...(data === null ? [] : backendSections(data.curves, data.leftOut, report)),
		'</main>',
		`<footer><p>Made by traefik-top ${escapeHtml(version)} from the kernel’s TCP tables.</p></footer>`,
		...(json === null ? [] : [`<script type="application/json" id="data">${scriptJson(json)}</script>`]),
		`<script>${assets.script}</script>`,
		'</body>',
		'</html>',
		'',
	].join('\n');
}

/** As a Content-Security-Policy names it (CSP Level 3, 2.3.1). */
export function hashOf(text: string): string {
	return `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`;
}

function factList(report: Report, {zone, recording}: PageOptions): string {
	const {from, to, hosts, instances} = report;
	const rows: [string, string][] = [];
	if (from !== null && to !== null) {
		rows.push(
			['From', `${formatTime(from, zone)} ${zoneName(from, zone)}`],
			['To', `${formatTime(to, zone)} ${zoneName(to, zone)}`],
		);
	}
	if (hosts.length > 0) rows.push([hosts.length === 1 ? 'Host' : 'Hosts', hosts.join(', ')]);
	if (instances.length > 0) rows.push(['Traefik', instances.join(', ')]);
	rows.push(['Recording', recording]);
	rows.push(['Read', readText(report)]);
	for (const felt of feltText(report)) rows.push(['Users', felt.replace(/^users: /, '')]);
	for (const missing of missingText(report, zone)) rows.push(['Missing', missing]);
	return `<dl>${rows.map(([term, text]) => `<div><dt>${escapeHtml(term)}</dt><dd>${escapeHtml(text)}</dd></div>`).join('')}</dl>`;
}

function timeline(report: Report, span: {from: number; to: number; zone: string}): string[] {
	const places = new Map<string, Finding[]>();
	for (const finding of report.findings) {
		const label = placeText(finding, report);
		places.set(label, [...(places.get(label) ?? []), finding]);
	}
	const lanes: Lane[] = [...places].map(([label, findings]) => ({label, findings}));
	if (lanes.length === 0)
		return ['<section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2><p>No findings.</p></section>'];
	const more = lanes.length > MAX_LANES ? [`<p>${plural(lanes.length - MAX_LANES, 'more place')} below.</p>`] : [];
	return [
		'<section aria-labelledby="timeline">',
		'<h2 id="timeline">Timeline</h2>',
		'<div class="wide" tabindex="0" role="region" aria-label="Timeline, scrolls sideways">',
		lanesSvg(lanes, report.gaps, span),
		'</div>',
		...more,
		'</section>',
	];
}

function findingTable(report: Report, zone: string): string[] {
	const {findings, to} = report;
	if (findings.length === 0 || to === null) return [];
	const rows = findings.map((finding) => {
		const cells = [
			stateCell(finding.severity),
			`<td>${escapeHtml(placeText(finding, report))}</td>`,
			`<td><code>${escapeHtml(finding.rule)}</code></td>`,
			`<td class="time">${escapeHtml(formatTime(finding.from, zone))}</td>`,
			`<td class="time">${escapeHtml(lastedText(finding, to))}</td>`,
			`<td>${escapeHtml(finding.message)}</td>`,
			`<td>${escapeHtml(finding.hint)}</td>`,
		];
		return `<tr>${cells.join('')}</tr>`;
	});
	const heads = [
		'Severity',
		'Backend',
		'Rule',
		`From (${zoneName(to, zone)})`,
		'Lasted',
		'What',
		'Who owes what, and what to do next',
	];
	return [
		'<section aria-labelledby="findings">',
		'<h2 id="findings">Findings</h2>',
		'<div class="wide" tabindex="0" role="region" aria-label="Findings, scrolls sideways">',
		'<table>',
		`<thead><tr>${heads.map((head) => `<th scope="col">${escapeHtml(head)}</th>`).join('')}</tr></thead>`,
		`<tbody>${rows.join('\n')}</tbody>`,
		'</table>',
		'</div>',
		'</section>',
	];
}

function stateCell(severity: Severity): string {
	return `<td><span class="state ${severity}">${severityGlyph(severity)} ${severity}</span></td>`;
}

/** Those that had a finding come first, and open. */
function backendSections(backends: readonly BackendCurves[], leftOut: number, report: Report): string[] {
	if (backends.length === 0) return [];
	const accused = new Set(report.findings.map(({instance, backend}) => `${instance}\n${backend}`));
	// the same address twice: two Traefiks at once, or one after the other
	const known = new Set<string>();
	const shared = new Set<string>();
	for (const {address} of backends) (known.has(address) ? shared : known).add(address);
	const sections = backends.map((curves, index) => {
		const {instance, address, name} = curves;
		const label = name === null ? address : `${name} ${address}`;
		const whose = report.hasSeveral || shared.has(address) ? ` (${instance})` : '';
		const isAccused = accused.has(`${instance}\n${address}`);
		return {
			isAccused,
			html: [
				`<details data-backend="${index}"${isAccused ? ' open' : ''}>`,
				`<summary><h3>${escapeHtml(label + whose)}</h3></summary>`,
				'<div class="charts"></div>',
				'</details>',
			].join(''),
		};
	});
	const shown = [...sections.filter((each) => each.isAccused), ...sections.filter((each) => !each.isAccused)];
	const more = leftOut === 0 ? [] : [`<p>${plural(leftOut, 'more backend')} not drawn.</p>`];
	return [
		'<section aria-labelledby="backends">',
		'<h2 id="backends">Backends</h2>',
		'<noscript><p>The charts need JavaScript; the findings above do not.</p></noscript>',
		'<p class="help" hidden>Move the pointer over a chart to read all values at that instant; drag to zoom in; <button type="button" id="reset">show the whole time</button></p>',
		...shown.map(({html}) => html),
		...more,
		'</section>',
	];
}
