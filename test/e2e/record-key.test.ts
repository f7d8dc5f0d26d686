import assert from 'node:assert/strict';
import {mkdtempSync, readdirSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {withScreen} from '../ui/pty.ts';
import {PROGRAM_IN_SHELL, runBin} from './bin.ts';

const folder = mkdtempSync(join(tmpdir(), 'record-key-'));
after(() => rmSync(folder, {recursive: true}));

const skip = process.platform === 'linux' ? false : 'the live view needs Linux';
const command = `${PROGRAM_IN_SHELL} --interval 200ms --pid ${process.pid}`;
const snapshotsIn = async (file: string): Promise<number> =>
	JSON.parse((await runBin(['report', '--format', 'json', join(folder, file)])).stdout).snapshots;

const isSomethingWritten = () => readdirSync(folder).every((file) => statSync(join(folder, file)).size > 0);

test('R on the screen begins a recording, shows that, and ends it', {skip}, async () => {
	await withScreen({shell: `cd ${folder} && ${command}`, columns: 120}, async (screen) => {
		await screen.sees('● LIVE');
		assert.doesNotMatch(screen.text(), /REC {2}/);
		screen.press('R');
		await screen.sees(/recording into \/.*\/traefik-top-\d{8}T\d{6}Z-on\.capture; R ends it/);
		await screen.sees(/REC {2}\d\d:\d\d/);
		await screen.until('a look in the file', isSomethingWritten);
		screen.press('R');
		await screen.sees(`recorded: ${folder}/traefik-top-`);
		await screen.misses('REC  ');
		screen.press('q');
		await screen.exited;
	});
	const files = readdirSync(folder);
	assert.equal(files.length, 1);
	assert.ok((await snapshotsIn(files[0] ?? '')) >= 1);
});

test('--record on the screen shows that it records; R ends it', {skip}, async () => {
	const shell = `cd ${folder} && ${command} --record given.capture`;
	await withScreen({shell, columns: 120}, async (screen) => {
		await screen.sees(/REC {2}\d\d:\d\d/);
		await screen.until('a look in the file', isSomethingWritten);
		screen.press('R');
		await screen.sees(`recorded: ${folder}/given.capture`);
		screen.press('q');
		await screen.exited;
	});
	assert.ok((await snapshotsIn('given.capture')) >= 1);
});
