import assert from 'node:assert/strict';
import {
	appendFileSync,
	linkSync,
	mkdirSync,
	mkdtempSync,
	rmSync,
	symlinkSync,
	truncateSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {CaptureWriter} from '../../src/capture/writer.ts';
import {assessments} from '../../src/commands/loop.ts';
import {DEFAULT_THRESHOLDS} from '../../src/detect/thresholds.ts';
import {ReportGatherer} from '../../src/output/report.ts';
import type {Reading, Tick} from '../../src/reading.ts';
import {mergeTicks} from '../../src/recording/merge.ts';
import {openRecordings} from '../../src/recording/timeline.ts';
import {dial, readingOf, T} from '../capture/readings.ts';

const scratch = mkdtempSync(join(tmpdir(), 'timeline-'));
after(() => rmSync(scratch, {recursive: true}));
const settings = {isWatched: () => true, names: new Map(), thresholds: DEFAULT_THRESHOLDS};
let made = 0;
function newFolder(): string {
	const path = join(scratch, String(made++));
	mkdirSync(path);
	return path;
}

type Host = {
	readonly host: string;
	readonly pid?: number;
	readonly startedAt?: number | null;
	readonly intervalMs?: number;
};

function looks(host: Host, fromMs: number, count: number): Tick[] {
	const {intervalMs = 1000} = host;
	return Array.from({length: count}, (_, i) => {
		const time = T + fromMs + i * intervalMs;
		return {time, readings: [reading(host, time)], problem: null};
	});
}

function reading({host, pid = 7, startedAt = T - 5000, intervalMs = 1000}: Host, time: number): Reading {
	const instance = {id: `${host}/${pid}`, host, via: null, pid, startedAt, netns: null};
	return readingOf([dial(40_000)], {instance, time, monotonicMs: time - T + 1000, intervalMs});
}

async function write(path: string, ticks: readonly Tick[]): Promise<string> {
	const writer = new CaptureWriter(path);
	for (const tick of ticks) await writer.write(tick);
	await writer.close();
	return path;
}

async function* stream(ticks: readonly Tick[]): AsyncGenerator<Tick> {
	yield* ticks;
}

/** `seconds: ids (between)` of each tick. */
function shown(tick: Tick): string {
	const ids = tick.readings.map(({instance}) => instance.id).join(' ');
	return `${(tick.time - T) / 1000}: ${ids}${tick.between === undefined ? '' : ` (${tick.between.join(' ')})`}`;
}

async function merged(lanes: readonly (readonly Tick[])[], from?: number): Promise<string[]> {
	const all: string[] = [];
	const options = from === undefined ? {} : {from: T + from};
	for await (const tick of mergeTicks(lanes.map(stream), options)) all.push(shown(tick));
	return all;
}

async function seen(paths: readonly string[], from?: number): Promise<string[]> {
	const recording = await openRecordings(paths, {source: 'auto'});
	const all: string[] = [];
	for await (const tick of recording.ticks(from === undefined ? undefined : T + from)) all.push(shown(tick));
	recording.close();
	return all;
}

const lb1 = {host: 'lb1'};
const lb2 = {host: 'lb2'};

test('looks of several hosts within half an interval are one tick', async () => {
	assert.deepEqual(await merged([looks(lb1, 0, 3), looks(lb2, 400, 3)]), [
		'0.4: lb1/7 lb2/7',
		'1.4: lb1/7 lb2/7',
		'2.4: lb1/7 lb2/7',
	]);
});

test('an instance between two of its looks is named, and one whose recording has ended is not', async () => {
	const slow = {host: 'lb2', intervalMs: 3000};
	assert.deepEqual(await merged([looks(lb1, 0, 6), looks(slow, 0, 2)]), [
		'0: lb1/7 lb2/7',
		'1: lb1/7 (lb2/7)',
		'2: lb1/7 (lb2/7)',
		'3: lb1/7 lb2/7',
		'4: lb1/7',
		'5: lb1/7',
	]);
});

test('an instance is not seen in a hole of its own recording', async () => {
	const holed = [...looks(lb2, 0, 1), ...looks(lb2, 10_000, 1)];
	const all = await merged([looks(lb1, 0, 11), holed]);
	assert.deepEqual([all[0], all[1], all[9], all[10]], ['0: lb1/7 lb2/7', '1: lb1/7', '9: lb1/7', '10: lb1/7 lb2/7']);
});

test('a Traefik that two recorders saw is shown once; two of the same name are two', async () => {
	assert.deepEqual(await merged([looks(lb1, 0, 1), looks(lb1, 100, 1)]), ['0.1: lb1/7']);
	const namesake = {host: 'lb1', startedAt: T - 9000};
	assert.deepEqual(await merged([looks(lb1, 0, 1), looks(namesake, 100, 1)]), ['0.1: lb1/7 lb1/7 (2)']);
	const unknown = {host: 'lb1', startedAt: null};
	assert.deepEqual(await merged([looks(unknown, 0, 1), looks(unknown, 0, 1)]), ['0: lb1/7 lb1/7 (2)']);
});

test('the first tick is the last one at or before the time that is asked for', async () => {
	const ended = looks(lb2, 0, 3);
	const lanes = [looks(lb1, 0, 60).slice(49), ended.slice(2)];
	assert.deepEqual((await merged(lanes, 50_500))[0], '49: lb1/7');
});

test('files of an archive that follow each other are one recording, and the time between them is a gap', async () => {
	const folder = newFolder();
	const ticks = looks(lb1, 0, 40);
	await write(join(folder, 'lb1-20261125T000000Z.capture'), ticks.slice(0, 10));
	await write(join(folder, 'lb1-20261125T000010Z.capture'), ticks.slice(10, 20));
	await write(join(folder, 'lb1-20261125T000030Z.capture'), ticks.slice(30));
	const all = await seen([folder]);
	assert.equal(all.length, 30);
	assert.deepEqual([all[9], all[10], all[19], all[20]], ['9: lb1/7', '10: lb1/7', '19: lb1/7', '30: lb1/7']);
	const {findings, gaps} = await gapsIn([folder]);
	assert.deepEqual(gaps, [[19, 30]]);
	assert.equal(findings, 0);
	assert.deepEqual((await seen([folder], 15_400))[0], '15: lb1/7');
	assert.deepEqual((await seen([folder], 25_000))[0], '19: lb1/7');
});

async function gapsIn(paths: readonly string[]) {
	const recording = await openRecordings(paths, {source: 'auto'});
	const gatherer = new ReportGatherer();
	for await (const {model, assessment} of assessments(recording.ticks(), {settings, source: 'recording'})) {
		gatherer.add(model, assessment);
	}
	recording.close();
	const {findings, gaps} = gatherer.report();
	return {findings: findings.length, gaps: gaps.map(({from, to}) => [(from - T) / 1000, (to - T) / 1000])};
}

test('a file that is still written is part of its archive', async () => {
	const folder = newFolder();
	const ticks = looks(lb1, 0, 20);
	await write(join(folder, 'lb1-20261125T000000Z.capture'), ticks.slice(0, 10));
	const writer = new CaptureWriter(join(folder, 'lb1-20261125T000010Z.capture'));
	for (const tick of ticks.slice(10)) await writer.write(tick);
	const all = await seen([folder]);
	assert.deepEqual([all.length, all[10], all[19]], [20, '10: lb1/7', '19: lb1/7']);
	const recording = await openRecordings([folder], {source: 'auto'});
	assert.equal(recording.to, T + 19_000);
	recording.close();
	await writer.close();
});

test('a directory of hosts, and recordings named together, lie side by side', async () => {
	const folder = newFolder();
	mkdirSync(join(folder, 'lb1'));
	mkdirSync(join(folder, 'lb2'));
	const one = await write(join(folder, 'lb1', 'a.capture'), looks(lb1, 0, 2));
	const two = await write(join(folder, 'lb2', 'b.capture'), looks(lb2, 0, 2));
	for (const paths of [[folder], [one, two], [two, one], [join(folder, 'lb1'), two]]) {
		const all = await seen(paths);
		assert.deepEqual(
			all.map((line) => line.split(' ').sort().join(' ')),
			['0: lb1/7 lb2/7', '1: lb1/7 lb2/7'],
		);
	}
	const recording = await openRecordings([folder], {source: 'auto'});
	assert.equal(recording.host, '2 hosts');
	recording.close();
});

test('findings of an archive are those of the one recording that it was cut from', async () => {
	const folder = newFolder();
	const whole = 'fixtures/recordings/hung.capture';
	const recording = await openRecordings([whole], {source: 'auto'});
	const ticks: Tick[] = [];
	let number = 0;
	let writer: CaptureWriter | null = null;
	for await (const tick of recording.ticks()) {
		if (ticks.length % 7 === 0) {
			await writer?.close();
			writer = new CaptureWriter(join(folder, `lb1-20261125T00000${number++}Z.capture`));
		}
		ticks.push(tick);
		const copy = (writer as CaptureWriter).record(tick);
		for (const each of copy.tick.readings) each.inodes();
		await copy.finish();
	}
	await writer?.close();
	recording.close();
	assert.ok(number > 2);
	assert.deepEqual(await findingsOf([folder]), await findingsOf([whole]));
});

async function findingsOf(paths: readonly string[]) {
	const recording = await openRecordings(paths, {source: 'auto'});
	const found: unknown[] = [];
	for await (const {assessment} of assessments(recording.ticks(), {settings, source: 'recording'})) {
		found.push(...assessment.opened, ...assessment.closed);
	}
	recording.close();
	assert.ok(found.length > 0);
	return found;
}

test('an instance between two looks keeps state, age and findings in a capture of the timeline, too', async () => {
	const folder = newFolder();
	const slow = {host: 'lb2', intervalMs: 3000};
	const paths = [
		await write(join(folder, 'a.capture'), looks(lb1, 0, 9)),
		await write(join(folder, 'b.capture'), looks(slow, 0, 3)),
	];
	const recording = await openRecordings(paths, {source: 'auto'});
	const copy = new CaptureWriter(join(folder, 'copy.cap'));
	for await (const tick of recording.ticks()) await copy.write(tick);
	await copy.close();
	recording.close();
	assert.deepEqual(await seen([join(folder, 'copy.cap')]), await seen(paths));
	for (const each of [paths, [join(folder, 'copy.cap')]]) {
		const counts: string[] = [];
		const opened = await openRecordings(each, {source: 'auto'});
		for await (const {model, assessment} of assessments(opened.ticks(), {settings, source: 'recording'})) {
			const backends = model.instances.map(({id, backends}) => `${id}:${backends.map(({total}) => total)}`);
			counts.push(`${backends.join(' ')} ${assessment.counts.ok + assessment.counts.unknown}`);
		}
		opened.close();
		assert.deepEqual(new Set(counts.slice(0, 7)), new Set(['lb1/7:1 lb2/7:1 2']));
	}
});

test('each unreadable part of an archive is named in a sentence, and the rest is shown', async () => {
	const folder = newFolder();
	const good = await write(join(folder, 'good.capture'), looks(lb1, 0, 5));
	writeFileSync(join(folder, 'empty.capture'), '');
	writeFileSync(join(folder, 'rubbish.capture'), Buffer.from([1, 2, 3, 0, 7]));
	writeFileSync(join(folder, 'future.capture'), 'traefik-top/99 time=1795368814940\nend 1\n');
	writeFileSync(join(folder, 'notes.txt'), 'not a capture');
	const torn = await write(join(folder, 'torn.capture'), looks(lb2, 60_000, 5));
	truncateSync(torn, 900);
	appendFileSync(torn, 'x'.repeat(100));
	linkSync(good, join(folder, 'same.capture'));
	symlinkSync(folder, join(folder, 'loop'));
	symlinkSync(join(folder, 'gone'), join(folder, 'dangling.capture'));
	const recording = await openRecordings([folder], {source: 'auto'});
	let count = 0;
	for await (const tick of recording.ticks()) count += tick.time < T + 60_000 ? 1 : 0;
	assert.equal(count, 5);
	const damage = recording.damage() ?? '';
	for (const name of ['empty.capture', 'rubbish.capture', 'future.capture', 'torn.capture']) {
		assert.equal(damage.split('\n').filter((line) => line.includes(name)).length, 1, `${name}: ${damage}`);
	}
	assert.match(damage, /2 files skipped|3 files skipped/);
	recording.close();
});

test('an archive in which nothing can be read is refused', async () => {
	const folder = newFolder();
	await assert.rejects(openRecordings([folder], {source: 'auto'}), /contains no capture/);
	writeFileSync(join(folder, 'empty.capture'), '');
	await assert.rejects(openRecordings([folder], {source: 'auto'}), /empty\.capture is empty/);
});

test('a followed archive takes in the files that appear', async () => {
	const folder = newFolder();
	const ticks = looks(lb1, 0, 30);
	await write(join(folder, 'lb1-20261125T000000Z.capture'), ticks.slice(0, 10));
	const recording = await openRecordings([folder], {source: 'auto', isFollowed: true});
	const all: string[] = [];
	for await (const tick of recording.ticks()) {
		all.push(shown(tick));
		if (all.length === 10) await write(join(folder, 'lb1-20261125T000010Z.capture'), ticks.slice(10, 20));
		if (all.length === 20) await write(join(folder, 'lb2-20261125T000020Z.capture'), looks(lb2, 20_000, 5));
		if (all.length === 25) recording.close();
	}
	assert.equal(all.length, 25);
	assert.deepEqual([all[10], all[19], all[20], all[24]], ['10: lb1/7', '19: lb1/7', '20: lb2/7 (lb1/7)', '24: lb2/7']);
});
