import assert from 'node:assert/strict';
import {test} from 'node:test';
import {getHeapStatistics} from 'node:v8';
import {MemoryKeeper} from '../../src/system/memory.ts';

const MB = 1024 * 1024;
const used = () => getHeapStatistics().used_heap_size;

/** Long-lived to V8, and garbage when it returns. */
function flood(): void {
	const taken: string[][] = [];
	for (let i = 0; i < 60; i++) taken.push(Array.from({length: 10_000}, (_, at) => `${i} ${at}`));
	assert.ok(taken.length > 0);
}

test('what a flood took is given back when a collection is due, and not before', () => {
	const keeper = new MemoryKeeper(0);
	keeper.look(15_000);
	const before = used();
	flood();
	assert.ok(used() > before + 10 * MB);
	const flooded = used();
	keeper.look(60_000);
	assert.ok(used() >= flooded);
	keeper.look(75_000);
	assert.ok(used() < before + 5 * MB, `${used() / MB} of ${flooded / MB} MB`);
});
