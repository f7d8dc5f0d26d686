import assert from 'node:assert/strict';
import {test} from 'node:test';
import {INITIAL} from '../../../src/ui/state/state.ts';
import {firstZoom, ZOOMS, zoomBy, zoomLabel} from '../../../src/ui/state/zoom.ts';
import {look, press} from '../looks.ts';
import {incident} from '../worlds.ts';

test('z goes to the next longer span and round, Z the other way', () => {
	const state = look(INITIAL, incident());
	const after = (...keys: readonly ('zoomOut' | 'zoomIn')[]) => press(state, ...keys).zoom;
	assert.deepEqual(
		[after('zoomOut'), after('zoomOut', 'zoomOut'), after('zoomOut', 'zoomOut', 'zoomOut'), after('zoomIn')],
		[300_000, 900_000, 60_000, 900_000],
	);
});

test('every span has a label, and three steps lead round', () => {
	assert.deepEqual(ZOOMS.map(zoomLabel), ['60s', '5m', '15m']);
	for (const zoom of ZOOMS) assert.equal(zoomBy(zoomBy(zoomBy(zoom, 1), 1), 1), zoom);
});

test('readings that lie far apart begin with the longest span', () => {
	assert.deepEqual([null, 1000, 2500, 2501, 60_000].map(firstZoom), [60_000, 60_000, 60_000, 900_000, 900_000]);
});
