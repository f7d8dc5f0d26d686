/**
Replays the bundled recordings of a real Traefik and compares what is found with the reviewed text beside each of them.
After a change that finds more or sooner: `UPDATE_FINDINGS=1 node --test test/detect/recordings.test.ts`, then read the
difference.
*/
import assert from 'node:assert/strict';
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {convertRecording} from '../../src/capture/convert.ts';
import {CaptureWriter} from '../../src/capture/writer.ts';
import {Fold} from '../../src/fold/fold.ts';
import {openRecording} from '../../src/recording/open.ts';
import {lines, pipeline, replay} from './replays.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/recordings/', import.meta.url));
const names = readdirSync(fixtures)
	.filter((name) => name.endsWith('.capture'))
	.map((name) => name.slice(0, -'.capture'.length));
const folder = mkdtempSync(join(tmpdir(), 'recordings-'));
after(() => rmSync(folder, {recursive: true}));

/** What was found, with tcp_info and by the text tables alone. */
async function findingsOf(path: string): Promise<string> {
	const all = lines(await replay(path, 'auto'));
	return `${all}\nby the text tables alone: ${lines(await replay(path, 'text'))}`;
}

test('there are recordings to replay', () => {
	assert(names.includes('healthy') && names.length >= 5, names.join(' '));
});

for (const name of names) {
	const path = `${fixtures}${name}.capture`;
	const expected = `${fixtures}${name}.findings.txt`;

	test(`${name}.capture has the findings that were reviewed`, async () => {
		const found = await findingsOf(path);
		if (process.env['UPDATE_FINDINGS'] === '1') writeFileSync(expected, found);
		assert.equal(found, readFileSync(expected, 'utf8'));
	});

	test(`${name}.capture has the same findings when recorded and replayed`, async () => {
		const copy = join(folder, `${name}.capture`);
		const writer = new CaptureWriter(copy);
		await convertRecording(await openRecording(path, {source: 'auto'}), writer);
		await writer.close();
		assert.deepEqual(await replay(copy, 'auto'), await replay(path, 'auto'));
	});

	test(`${name}.capture has the same findings a second time, from the same ticks`, async () => {
		const second = pipeline();
		const again: unknown[] = [];
		const {events} = await replay(path, 'auto', (tick) => again.push(...second(tick)));
		assert.deepEqual(again, events);
	});
}

test('a healthy recording has no findings, with tcp_info or without', async () => {
	for (const source of ['auto', 'text'] as const) {
		const {events} = await replay(`${fixtures}healthy.capture`, source);
		assert.deepEqual(
			events.filter(({finding}) => finding.severity !== 'notice'),
			[],
		);
	}
});

test('rows of a recording have no tcp_info where only the text tables are wanted', async () => {
	const recording = await openRecording(`${fixtures}healthy.capture`, {source: 'text'});
	const fold = new Fold();
	let backends = 0;
	for await (const tick of recording.ticks()) {
		for (const snapshot of fold.fold(tick).snapshots) {
			for (const {info} of snapshot.backends) {
				assert.equal(info, null);
				backends++;
			}
		}
	}
	recording.close();
	assert(backends > 0);
});
