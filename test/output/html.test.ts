import assert from 'node:assert/strict';
import {test} from 'node:test';
import {escapeHtml, scriptJson} from '../../src/output/html/escape.ts';
import {lanesSvg} from '../../src/output/html/lanes.ts';
import {findingOf, NOW} from '../ui/models.ts';

test('text cannot become markup, in an element, an attribute or a script', () => {
	assert.equal(escapeHtml(`<a href="x">'&\u001b[31m`), '&lt;a href=&quot;x&quot;&gt;&#39;&amp;[31m');
	const json = scriptJson({a: '</script><!--\u2028'});
	assert.doesNotMatch(json, /[<>\u2028]/);
	assert.deepEqual(JSON.parse(json), {a: '</script><!--\u2028'});
});

test('a bar begins and ends where its finding does, also where it is still open or only a moment', () => {
	const span = {from: NOW, to: NOW + 100_000, zone: 'UTC'};
	const slow = findingOf({rule: 'slow', severity: 'degraded', message: 'x'}, 'lb1/1', '10.0.3.1:80', NOW);
	const open = {...slow, from: NOW + 50_000};
	const moment = {...open, rule: 'hung' as const, severity: 'down' as const, from: NOW, to: NOW};
	const svg = lanesSvg([{label: '<b>', findings: [open, moment]}], [{from: NOW, to: NOW + 10_000}], span);
	const bars = [...svg.matchAll(/class="bar (\w+)" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g)].map((match) =>
		match.slice(1, 4),
	);
	assert.deepEqual(bars, [
		['degraded', '620', '380'],
		['down', '240', '3'],
	]);
	assert.match(svg, /class="gap" x="240" y="0" width="76"/);
	assert.match(svg, /&lt;b&gt;/);
	assert.doesNotMatch(svg, /<b>/);
});
