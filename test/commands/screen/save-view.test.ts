import assert from 'node:assert/strict';
import {chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {saveView} from '../../../src/commands/screen/save-view.ts';
import {parseConfig} from '../../../src/config.ts';
import {UserError} from '../../../src/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'traefik-top-view-'));
after(() => rmSync(folder, {recursive: true}));
const VIEW = {columns: null, sort: '-EST', zoom: '5m', group: 'name'};

test('the view is written into a config that was not there, and is one that can be read', () => {
	const path = join(folder, 'new/traefik-top/config.json');
	assert.match(saveView(path, VIEW), /^written: .*config\.json$/);
	assert.deepEqual(parseConfig(readFileSync(path, 'utf8'), path), {sort: '-EST', zoom: '5m', group: 'name'});
	assert.deepEqual(readdirSync(join(folder, 'new/traefik-top')), ['config.json']);
});

test('other keys of the config stay, and a view that is automatic again is removed', () => {
	const path = join(folder, 'old.json');
	writeFileSync(path, '{"ignore": [":8500"], "columns": ["EST"], "zoom": "15m"}');
	saveView(path, VIEW);
	assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), {
		ignore: [':8500'],
		zoom: '5m',
		sort: '-EST',
		group: 'name',
	});
});

test('a config that is no longer JSON is left unchanged', () => {
	const path = join(folder, 'torn.json');
	writeFileSync(path, '{"ignore": ');
	assert.throws(() => saveView(path, VIEW), UserError);
	assert.equal(readFileSync(path, 'utf8'), '{"ignore": ');
});

test('a place that cannot be written is an error that says so, and leaves nothing behind', () => {
	const path = join(folder, 'file');
	writeFileSync(path, 'x');
	assert.throws(() => saveView(join(path, 'config.json'), VIEW), /cannot (read|write) .*: /);
	assert.throws(() => saveView(null, VIEW), /no directory for a config file/);
});

test('under sudo the file stays the invoking user’s', {
	skip: process.getuid?.() === 0 ? false : 'only root can give files away',
}, () => {
	const path = join(folder, 'theirs.json');
	writeFileSync(path, '{}');
	chownSync(path, 1234, 1234);
	saveView(path, VIEW);
	assert.equal(statSync(path).uid, 1234);
});

const wrong: readonly (readonly [config: string, says: RegExp])[] = [
	['{"columns": ["ETS"]}', /"columns" cannot be "ETS".*/],
	['{"sort": "-TREND"}', /"sort" cannot be "-TREND"/],
	['{"zoom": "10m"}', /"zoom" cannot be "10m"/],
	['{"group": "pod"}', /"group" cannot be "pod"/],
];
for (const [config, says] of wrong) {
	test(`${config} is refused`, () => {
		assert.throws(() => parseConfig(config, 'config.json'), says);
	});
}
