import assert from 'node:assert/strict';
import {test} from 'node:test';
import {copyMarkdown} from '../../../src/ui/state/copy-markdown.ts';
import {INITIAL} from '../../../src/ui/state/state.ts';
import {look, press} from '../looks.ts';
import {world} from '../models.ts';
import {incident, unreadable} from '../worlds.ts';

test('an open backend is copied as its finding: what, since when, who has to act, where the rule is explained', () => {
	const copied = copyMarkdown(press(look(INITIAL, incident()), 'open'));
	assert.equal(
		copied?.text,
		[
			'**api-2** is down: **unreachable**, 3 dials unanswered for 4 s',
			'',
			'- seen at 2026-11-22 14:02:07 UTC, still open; began 2026-11-22 14:02:04 UTC',
			'- nobody answers at 10.0.3.12: check whether the machine is up and reachable from here (route, firewall)',
			'- sockets 37, oldest 74 s',
			'- Traefik lb1/4121, backend `10.0.3.12:8080`; docs/rules.md#unreachable',
			'',
		].join('\n'),
	);
});

test('the table is copied where nothing is selected, or what is has nothing to say', () => {
	const table = copyMarkdown(look(INITIAL, incident()));
	assert.equal(table?.what, 'the table');
	assert.match(table?.text ?? '', /^\| state \| backend \| EST \| TW \| CW \| RESP \| WAIT \| why \|\n\| --- /);
	assert.match(
		table?.text ?? '',
		/\n\| ▲ degraded \| api-3 10\.0\.3\.13:8080 \| 41 \| 2 \| 37 \| 24ms \| 1 \| close-wait: 37 sockets/,
	);
	assert.equal(table?.text.match(/^\| [✖▲?●○] /gm)?.length, 8);
	assert.match(table?.text ?? '', /traefik-top, 2026-11-22 14:02:11 UTC/);
});

test('a finding of the list is copied as listed', () => {
	assert.match(copyMarkdown(press(look(INITIAL, incident()), 'view'))?.text ?? '', /^\*\*api-2\*\* is down/);
});

test('names from outside make no table cell, tag or emphasis', () => {
	const shown = world({backends: [{address: '10.0.0.1:80', name: 'a|b*<i>[x](y)_'}]});
	const text = copyMarkdown(look(INITIAL, shown))?.text ?? '';
	assert.ok(text.includes('a\\|b\\*\\<i\\>\\[x\\](y)\\_ 10.0.0.1:80'), text);
});

test('numbers that cannot be seen are not copied', () => {
	assert.match(
		copyMarkdown(look(INITIAL, unreadable()))?.text ?? '',
		/\| \? unknown \| .* \| – \| – \| – \| – \| – \| cannot read/,
	);
});
