/** A comparison of two times as a page of its own; it needs no script. */
import {type Comparison, NOTABLE} from '../compare.ts';
import {headOf, moreOf, tableOf} from '../compare-text.ts';
import {escapeHtml} from './escape.ts';
import {hashOf} from './report-html.ts';

export function compareHtml(
	comparison: Comparison,
	{zone, style, version}: {zone: string; style: string; version: string},
): string {
	const rows = tableOf(comparison);
	const cells = (row: readonly string[]) => row.map((text) => `<td>${escapeHtml(text)}</td>`).join('');
	const heads = ['Backend', 'What', 'Before', 'After', 'Change'];
	const table =
		rows.length === 0
			? ['<p>Nothing changed by half or more.</p>']
			: [
					'<div class="wide" tabindex="0" role="region" aria-label="Changes, scrolls sideways">',
					`<table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>`,
					`<tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n')}</tbody></table>`,
					'</div>',
				];
	return [
		'<!doctype html>',
		'<html lang="en">',
		'<head>',
		'<meta charset="utf-8">',
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${hashOf(style)}'; base-uri 'none'; form-action 'none'">`,
		'<meta name="viewport" content="width=device-width, initial-scale=1">',
		'<meta name="color-scheme" content="light dark">',
		'<title>Before and after</title>',
		`<style>${style}</style>`,
		'</head>',
		'<body>',
		`<header><h1>Before and after</h1>${headOf(comparison, zone)
			.map((line) => `<p>${escapeHtml(line)}</p>`)
			.join('')}</header>`,
		'<main>',
		'<section aria-labelledby="changes">',
		`<h2 id="changes">What changed by ${Math.round((2 ** NOTABLE - 1) * 100)} % or more</h2>`,
		...table,
		...moreOf(comparison).map((line) => `<p>${escapeHtml(line)}</p>`),
		'</section>',
		'</main>',
		`<footer><p>Made by traefik-top ${escapeHtml(version)} from the kernel’s TCP tables.</p></footer>`,
		'</body>',
		'</html>',
		'',
	].join('\n');
}
