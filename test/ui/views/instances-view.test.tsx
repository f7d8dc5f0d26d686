import assert from 'node:assert/strict';
import {test} from 'node:test';
import {after, draw, press} from '../draw.tsx';
import {world} from '../models.ts';
import {incident, unreadable} from '../worlds.ts';

const views = [press('view'), press('view')];

test('an instance says how it is read, what it may open, and what its listeners hold', () => {
	const drawn = draw(after(incident(), ...views), {columns: 140});
	assert.match(drawn, /^›● ok +lb1\/4121 {2}8 backends, 168 established$/m);
	assert.match(
		drawn,
		/^ {12}up 3d 4h {2}read through netlink {2}alone in its network namespace {2}descriptors 1,400 of 1,048,576/m,
	);
	assert.match(drawn, /^ {12}\[::\]:80 +1,204 clients, 0 tw, 0 cw +accept queue 0 of 4,096$/m);
});

test('an instance is shown whole on a narrow screen', () => {
	for (const columns of [60, 80, 100]) {
		const drawn = draw(after(incident(), ...views), {columns, rows: 24});
		assert.match(drawn, /ports 32768–60999/);
		assert.match(drawn, /accept queue 0 of 4,096/);
	}
});

test('an instance that cannot be read says why', () => {
	assert.match(draw(after(unreadable(), ...views)), /^ {12}cannot read \/proc\/4121\/net\/tcp: permission denied$/m);
});

test('an instance shows its own findings', () => {
	const stopped = {rule: 'traefik-stopped', severity: 'down', message: '94 clients not accepted on [::]:80'} as const;
	const drawn = draw(after(world({backends: [], findings: [stopped]}), ...views));
	assert.match(drawn, /^ {12}✖ traefik-stopped: 94 clients not accepted on \[::\]:80$/m);
});
