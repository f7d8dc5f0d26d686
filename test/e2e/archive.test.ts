import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {runBin} from './bin.ts';
import {SNAPSHOTS, START, smallRecording} from './small-recording.ts';

const folder = mkdtempSync(join(tmpdir(), 'archive-'));
const recording = smallRecording();
after(() => {
	rmSync(folder, {recursive: true});
	rmSync(recording, {recursive: true});
});
const archive = join(folder, 'archive');
mkdirSync(archive);
const halves = [
	['--until', '+9s'],
	['--since', '+10s'],
] as const;
for (const [i, half] of halves.entries()) {
	const path = join(archive, `lb1-2026112${i}T000000Z.capture`);
	await runBin(['record', '--from', recording, ...half, '-o', path]);
}
writeFileSync(join(archive, 'README'), 'recordings of lb1');

for (const command of [
	['report', '--format', 'json'],
	['snapshot', '--json', '--sockets'],
	['status', '--format', 'json'],
	['check'],
	['watch'],
	['snapshot', '--at', '14:02:05'],
]) {
	test(`${command.join(' ')} says of an archive what it says of the one recording`, async () => {
		const whole = await runBin([...command, recording]);
		const parts = await runBin([...command, archive]);
		assert.equal(parts.stdout, whole.stdout);
		assert.equal(parts.code, whole.code);
		assert.match(parts.stderr, /archive: 1 file skipped, not named like a capture/);
		assert.notEqual(whole.stdout, '');
	});
}

test('several recordings named together are one timeline, whatever their order', async () => {
	const [first = '', second = ''] = ['lb1-20261120T000000Z.capture', 'lb1-20261121T000000Z.capture'].map((name) =>
		join(archive, name),
	);
	const whole = await runBin(['report', '--format', 'json', recording]);
	assert.equal((await runBin(['report', '--format', 'json', second, first])).stdout, whole.stdout);
});

test('--since and --until cut a span, and what was open before it is told as it was', async () => {
	const path = join(folder, 'span.capture');
	const {code, stderr} = await runBin([
		'record',
		'--from',
		archive,
		'--since',
		'14:02:05',
		'--until',
		'14:02:08',
		'-o',
		path,
	]);
	assert.equal(code, 0);
	assert.match(stderr, /4 snapshots in .*span\.capture/);
	const span = JSON.parse((await runBin(['report', '--format', 'json', path])).stdout);
	assert.deepEqual([span.from, span.to], [START + 5000, START + 8000]);
	const whole = JSON.parse((await runBin(['report', '--format', 'json', recording])).stdout);
	const late = ['report', '--format', 'json', recording, '--since', '-5s'];
	const {findings, snapshots} = JSON.parse((await runBin(late)).stdout);
	assert.equal(snapshots, 6);
	assert.deepEqual(findings, whole.findings);
	assert.equal(whole.snapshots, SNAPSHOTS);
});

for (const [span, says] of [
	[['--since', '2026-11-23 15:00'], /nothing was recorded|is after/],
	[['--since', '14:02:10', '--until', '14:02:05'], /--since .* is after --until .*; exchange them/],
	[['--until', '2026-11-21'], /is after --until/],
	[['--since', 'teatime'], /not a time: "teatime"/],
] as const) {
	test(`a span that holds nothing is a usage error: ${span.join(' ')}`, async () => {
		for (const command of [
			['report', archive],
			['record', '--from', archive, '-o', join(folder, 'none.capture')],
		]) {
			const {code, stderr} = await runBin([...command, ...span]);
			assert.equal(code, 2, stderr);
			assert.match(stderr, says);
		}
	});
}
