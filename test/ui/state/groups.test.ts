import assert from 'node:assert/strict';
import {test} from 'node:test';
import {groupKey, serviceOf} from '../../../src/ui/state/groups.ts';
import {currentRow, INITIAL, rowOf} from '../../../src/ui/state/state.ts';
import {counts, look, press} from '../looks.ts';
import {world} from '../models.ts';
import {incident} from '../worlds.ts';

const services: readonly (readonly [name: string, service: string])[] = [
	['api-2', 'api'],
	['shop-api-12', 'shop-api'],
	['shop_api_1', 'shop_api'],
	['api-7d9f8b6c5-x2x9z', 'api'],
	['node-agent-bq7kz', 'node-agent'],
	['db-0', 'db'],
	['web.3.k8s2d9f0a1b2c3d4e5f6g7h8i', 'web'],
	['api', 'api'],
	['checkout-service', 'checkout-service'],
	['api-green', 'api-green'],
	['-1', '-1'],
];
for (const [name, service] of services) {
	test(`${name} is of the service ${service}`, () => {
		assert.equal(serviceOf(name), service);
	});
}

const API = groupKey('name', 'api');
const grouped = press(look(INITIAL, incident()), 'group');

test('a group takes the place of its worst member, with the members below; one member alone has no group', () => {
	const names = grouped.listed.map((key) => rowOf(grouped, key)?.backend.name ?? null);
	assert.deepEqual(names, [
		...['▾ api  4 backends', 'api-2', 'api-3', 'api-1', 'api-4', 'auth'],
		...['▾ web  2 backends', 'web-1', 'web-2', null],
	]);
});

test('a group has the sums of its members and the state of the worst', () => {
	const group = rowOf(grouped, API);
	const members = ['11', '12', '13', '14'].map((end) => grouped.rows.get(`lb1/4121 10.0.3.${end}:8080`)?.backend);
	const sum = members.reduce((total, backend) => total + (backend?.connections.established ?? 0), 0);
	assert.equal(group?.backend.connections.established, sum);
	assert.equal(group?.backend.connections.closeWait, 37);
	assert.equal(group?.verdict.state, 'down');
	assert.deepEqual(group?.backend.responseMs, {p50: 20, p95: 48, count: 930});
});

test('Enter folds a group and opens it again, O does so with all', () => {
	const at = {...grouped, selection: API};
	const folded = press(at, 'open');
	assert.equal(folded.listed.length, grouped.listed.length - 4);
	assert.equal(folded.screen.view, 'table');
	assert.deepEqual(press(folded, 'open').listed, grouped.listed);
	const all = press(grouped, 'foldAll');
	assert.equal(all.listed.length, 4);
	assert.deepEqual(press(all, 'foldAll').listed, grouped.listed);
});

test('the cursor stays on its group from look to look', () => {
	const state = look({...grouped, selection: API}, incident(1));
	assert.equal(currentRow(state)?.key, API);
});

test('n leads to the group of a problem that is folded away', () => {
	const all = press(grouped, 'foldAll', 'nextBackend');
	assert.equal(all.selection, API);
});

test('o goes round: by name, by instance, by host, not at all', () => {
	const groupings = [1, 2, 3, 4].map((times) => press(grouped, ...new Array<'group'>(times).fill('group')).grouping);
	assert.deepEqual(groupings, ['instance', 'host', 'none', 'name']);
});

test('several Traefiks are groups, and so are backends of one host', () => {
	const two = world(
		{backends: [{address: '10.0.0.1:80'}, {address: '10.0.0.1:81'}], id: 'lb1/1'},
		{backends: [{address: '10.0.0.1:80'}, {address: '10.0.0.2:80'}], id: 'lb2/2'},
	);
	const by = (times: number) => {
		const state = press(look(INITIAL, two), ...new Array<'group'>(times).fill('group'));
		return [...state.groups.values()].map(({backend}) => backend.name);
	};
	assert.deepEqual(by(2), ['▾ lb1/1  2 backends', '▾ lb2/2  2 backends']);
	assert.deepEqual(by(3), ['▾ 10.0.0.1  3 backends']);
});

test('backends without names are told apart by their port', () => {
	const backends = [{address: '10.0.0.1:80'}, {address: '10.0.0.2:80'}, {address: '[fd00::7]:9000'}];
	const state = press(look(INITIAL, world({backends})), 'group');
	assert.deepEqual(
		[...state.groups.values()].map(({backend}) => backend.name),
		['▾ port 80  2 backends'],
	);
});

test('a folded group says that one of its three is down', () => {
	const state = press(
		look(INITIAL, counts({'api-1': 4, 'api-2': 0, 'api-3': 5}, {'api-2': 'down'})),
		'group',
		'foldAll',
	);
	assert.deepEqual(state.listed, [API]);
	assert.equal(rowOf(state, API)?.verdict.state, 'down');
});
