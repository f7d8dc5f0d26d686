import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {test} from 'node:test';
import {openRecording} from '../../src/recording/open.ts';

const folder = new URL('../../fixtures/', import.meta.url).pathname;
const captures = ['demo', 'recordings'].flatMap((sub) => readdirSync(folder + sub).map((name) => `${sub}/${name}`));
for (const name of captures.filter((one) => one.endsWith('.capture'))) {
	test(`the fixture ${name} is undamaged, has a snapshot a second, and tcp_info on its established rows`, async () => {
		const recording = await openRecording(folder + name, {source: 'auto'});
		const times: number[] = [];
		let [rows, torn, established, informed] = [0, 0, 0, 0];
		for await (const {time, readings} of recording.ticks()) {
			times.push(time);
			for (const reading of readings) {
				assert.ok((reading.inodes()?.size ?? 0) > 0);
				const count = reading.visit((row) => {
					if (row.state === 1) established++;
					if (row.state === 1 && row.hasInfo) informed++;
				});
				rows += count.rows;
				torn += count.torn;
			}
		}
		assert.equal(recording.damage(), null);
		assert.deepEqual([times[0], times.at(-1)], [recording.from, recording.to]);
		assert.ok(times.length >= 20 && torn === 0 && rows > 0);
		assert.ok(times.slice(1).every((time, i) => Math.abs(time - (times[i] ?? 0) - 1000) < 300));
		assert.ok(informed >= established * 0.98);
		recording.close();
	});
}
