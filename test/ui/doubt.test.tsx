import assert from 'node:assert/strict';
import {test} from 'node:test';
import {after, draw} from './draw.tsx';
import {type Spec, world} from './models.ts';

const young: Spec = {address: '10.0.3.12:8080', state: 'unknown', caveat: 'no past yet, 3 wait, oldest 10 s'};
const multiplexed: Spec = {address: '10.0.3.13:8080', isMultiplexed: true, waiting: null, responseMs: null};
const healthy: Spec = {address: '10.0.3.14:8080'};

for (const columns of [100, 120, 160, 200]) {
	test(`why a state is unknown is said in the row and below the table at ${columns} columns`, () => {
		const screen = draw(after(world({backends: [young, healthy], history: 18})), {columns, rows: 32});
		const row = screen.split('\n').find((line) => line.includes('10.0.3.12:8080')) ?? '';
		assert.match(row, /no past yet, 3 wait/);
		assert.ok(screen.split('no past yet, 3 wait, oldest 10 s').length >= 2, screen);
		assert.doesNotMatch(screen, /nothing points to trouble/);
	});
}

test('a multiplexed backend has no times of single requests, and says why', () => {
	const screen = draw(after(world({backends: [multiplexed]})), {columns: 140, rows: 32});
	const row = screen.split('\n').find((line) => line.includes('10.0.3.13:8080')) ?? '';
	assert.match(row, /multiplexed: per-request times/);
	assert.doesNotMatch(row, /\d ?ms/);
});
