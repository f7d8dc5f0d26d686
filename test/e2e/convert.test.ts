import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {runBin} from './bin.ts';
import {SNAPSHOTS, smallRecording} from './small-recording.ts';

const recording = smallRecording();
const folder = mkdtempSync(join(tmpdir(), 'convert-'));
after(() => {
	rmSync(recording, {recursive: true});
	rmSync(folder, {recursive: true});
});

test('record --from makes one file of which every command says the same', async () => {
	const path = join(folder, 'one.capture');
	const {code, stderr} = await runBin(['record', '--from', recording, '-o', path]);
	assert.equal(code, 0);
	assert.match(stderr, new RegExp(`^traefik-top: ${SNAPSHOTS} snapshots in .*one\\.capture, \\d+ bytes\\n$`));
	for (const command of [
		['report', '--format', 'json'],
		['snapshot', '--json', '--sockets'],
		['status', '--format', 'json'],
	]) {
		const [before, after] = [await runBin([...command, recording]), await runBin([...command, path])];
		assert.deepEqual(after, before);
		assert.notEqual(after.stdout, '');
	}
});

test('record --from overwrites nothing unless forced, and never the recording itself', async () => {
	const path = join(folder, 'two.capture');
	await runBin(['record', '--from', recording, '-o', path]);
	const bytes = readFileSync(path);
	const again = await runBin(['record', '--from', recording, '-o', path]);
	assert.equal(again.code, 1);
	assert.match(again.stderr, /exists already; choose another file, or overwrite it with --force/);
	assert.equal((await runBin(['record', '--from', recording, '-o', path, '--force'])).code, 0);
	const itself = await runBin(['record', '--from', path, '-o', path, '--force']);
	assert.match(itself.stderr, /is the recording itself/);
	assert.deepEqual(readFileSync(path), bytes);
});
