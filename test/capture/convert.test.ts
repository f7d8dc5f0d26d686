import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {convertRecording} from '../../src/capture/convert.ts';
import {CaptureWriter} from '../../src/capture/writer.ts';
import {openRecording} from '../../src/recording/open.ts';
import {replay} from '../detect/replays.ts';
import {HEAD4, HEAD6, LISTEN6, row4} from '../saved/kernel-text.ts';
import {said} from './readings.ts';

const folder = mkdtempSync(join(tmpdir(), 'convert-'));
after(() => rmSync(folder, {recursive: true}));
const saved = join(folder, 'saved.txt');
const shot = (port: number) => HEAD4 + row4(port, port + 1) + HEAD6 + LISTEN6;
writeFileSync(saved, `${shot(40000)}${shot(40001)}${shot(40002)}`);

async function everything(path: string): Promise<unknown[]> {
	const recording = await openRecording(path, {source: 'auto'});
	const all: unknown[] = [];
	for await (const tick of recording.ticks()) {
		// its place in a capture is not part of what it says
		const strip = (value: unknown) => ({...(value as object), tickTime: 0, part: 0, parts: 0, isLittleEndian: 0});
		all.push([tick.time, tick.problem, tick.readings.map((reading) => strip(said(reading)))]);
	}
	recording.close();
	return all;
}

test('a converted capture says what the recording said, assumed times included', async () => {
	const path = join(folder, 'whole.capture');
	const writer = new CaptureWriter(path);
	assert.equal(await convertRecording(await openRecording(saved, {source: 'auto'}), writer), 3);
	await writer.close();
	assert.deepEqual(await everything(path), await everything(saved));
	for await (const {readings} of (await openRecording(path, {source: 'auto'})).ticks()) {
		assert.equal(readings[0]?.isTimeAssumed, true);
	}
});

test('a conversion holds the span asked for, both ends included', async () => {
	const recording = await openRecording(saved, {source: 'auto'});
	const from = (recording.from ?? 0) + 1000;
	const path = join(folder, 'part.capture');
	const writer = new CaptureWriter(path);
	assert.equal(await convertRecording(recording, writer, {from, to: from}), 1);
	await writer.close();
	const part = await openRecording(path, {source: 'auto'});
	assert.deepEqual([part.from, part.to], [from, from]);
});

test('a conversion keeps the owner of each socket, also where its descriptor was seen late', async () => {
	const directory = join(folder, 'late');
	const ownAt = [[10], [10], [10, 11], [10, 11], [10]];
	for (const [second, own] of ownAt.entries()) {
		const shot = join(directory, String(1_795_364_400_000 + second * 1000));
		mkdirSync(shot, {recursive: true});
		writeFileSync(join(shot, 'tcp'), HEAD4 + row4(40000, 10) + row4(40001, 11));
		writeFileSync(join(shot, 'fds'), own.map((inode) => `${inode} ${inode}\n`).join(''));
	}
	const path = join(folder, 'late.capture');
	const writer = new CaptureWriter(path);
	await convertRecording(await openRecording(directory, {source: 'auto'}), writer);
	await writer.close();
	const told: number[][] = [];
	for await (const {readings} of (await openRecording(path, {source: 'auto'})).ticks()) {
		told.push([...(readings[0]?.inodes() ?? [])]);
	}
	assert.deepEqual(told, ownAt);
});

const fixtures = join(import.meta.dirname, '../../fixtures/recordings');
for (const name of readdirSync(fixtures).filter((file) => file.endsWith('.capture'))) {
	test(`the rules find the same in ${name} and in what it converts to, evidence included`, async () => {
		const path = join(folder, name);
		const writer = new CaptureWriter(path);
		const recording = await openRecording(join(fixtures, name), {source: 'auto'});
		await convertRecording(recording, writer);
		await writer.close();
		recording.close();
		assert.deepEqual(await replay(path, 'auto'), await replay(join(fixtures, name), 'auto'));
	});
}

test('refused dials are the same finding after a socket whose owner was seen late: nobody shares the namespace', async () => {
	const directory = join(folder, 'shared');
	for (let second = 0; second < 30; second++) {
		const shot = join(directory, String(1_795_364_400_000 + second * 1000));
		mkdirSync(shot, {recursive: true});
		const failing = second < 14 ? 0 : Math.min(second, 24) - 13;
		const guilty = failing === 0 ? [300, 301] : second < 24 ? [] : [302, 303];
		const other = row4(40_201, 201).replace('0C004D0A', '0B004D0A');
		writeFileSync(join(shot, 'tcp'), HEAD4 + other + guilty.map((inode) => row4(40_000 + inode, inode)).join(''));
		writeFileSync(join(shot, 'tcp6'), HEAD6 + LISTEN6);
		writeFileSync(join(shot, 'pid'), '361\n');
		const owned = [475_286, ...guilty, ...(second === 0 ? [] : [201])];
		writeFileSync(join(shot, 'fds'), owned.map((inode) => `3 ${inode}\n`).join(''));
		const refused = failing * 20;
		writeFileSync(join(shot, 'snmp'), `Tcp: ActiveOpens AttemptFails\nTcp: ${100 + refused} ${refused}\n`);
	}
	const path = join(folder, 'shared.capture');
	const writer = new CaptureWriter(path);
	await convertRecording(await openRecording(directory, {source: 'auto'}), writer);
	await writer.close();
	const [expected, converted] = [await replay(directory, 'auto'), await replay(path, 'auto')];
	const refused = expected.events.find(({finding}) => finding.rule === 'refused');
	assert.equal(refused?.finding.evidence['shared'], 0);
	assert.deepEqual(converted, expected);
});
