import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Server} from '../../../src/reading.ts';
import {serverOf} from '../../capture/readings.ts';
import {after, draw} from '../draw.tsx';
import {type Spec, world} from '../models.ts';

const ADDRESS = '10.0.0.1:80';

function table(server: Partial<Server> | null, columns: number, part: Partial<Spec> = {}): string {
	const shown = world({
		backends: [{address: ADDRESS, ...(server === null ? {} : {server: serverOf(server)}), ...part}],
		history: 70,
	});
	return draw(after(shown), {columns, rows: 30});
}

const row = (drawn: string) => drawn.split('\n').find((line) => line.includes(ADDRESS)) ?? '';

test('a wide table has a column with the process behind each backend, where one is known', () => {
	assert.match(table({}, 200), /NEW\/s PROC /);
	assert.match(row(table({}, 200)), / gunicorn 812 S /);
	assert.match(row(table({state: 'T'}, 200)), / gunicorn 812 T /);
	assert.match(row(table({isListening: false, state: null}, 200)), / gunicorn ended /);
	assert.doesNotMatch(table({}, 100), /PROC/);
	assert.doesNotMatch(table(null, 200), /PROC/);
});

test('a process of which nothing is known is not shown, and is no trouble', () => {
	const unknown = {pid: null, name: null, state: null};
	assert.doesNotMatch(table(unknown, 200), /PROC/);
	const [server, other] = [serverOf(unknown), serverOf({})];
	const two = world({
		backends: [
			{address: ADDRESS, server},
			{address: '10.0.0.2:80', server: other},
		],
		history: 70,
	});
	const drawn = draw(after(two), {columns: 200, rows: 30});
	assert.match(drawn, /PROC/);
	assert.doesNotMatch(row(drawn), /\?/);
});

test('a long name of a process is cut before its number and its state', () => {
	assert.match(row(table({name: 'a-name-that-is-far-too-long', pid: 1_234_567}, 200)), / a-\S*… 1234567 S /);
});

test('the reason begins with what the backend’s own end says', () => {
	const message = '6 requests waiting; its own end: gunicorn (pid 812) is stopped (T), accept queue 3 of 64';
	const verdict = {state: 'down' as const, findings: [{rule: 'hung' as const, severity: 'down' as const, message}]};
	assert.match(row(table({state: 'T'}, 200, verdict)), /hung: gunicorn \(pid 812\) is st/);
});
