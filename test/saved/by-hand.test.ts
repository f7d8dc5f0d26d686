import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {formatEndpoint} from '../../src/parse/address.ts';
import {openRecording} from '../../src/recording/open.ts';
import type {Recording} from '../../src/source.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../../fixtures/by-hand/${name}`, import.meta.url));

type Look = {time: number; isTimeAssumed: boolean; backends: string[]; informed: number; owned: number; torn: number};

async function looksOf(recording: Recording): Promise<Look[]> {
	const looks: Look[] = [];
	for await (const {time, readings} of recording.ticks()) {
		const [reading] = readings;
		const inodes = reading?.inodes() ?? new Set();
		const isTimeAssumed = reading?.isTimeAssumed ?? false;
		const look: Look = {time, isTimeAssumed, backends: [], informed: 0, owned: 0, torn: 0};
		const count = reading?.visit((row) => {
			if (row.state !== 1) return;
			const address = formatEndpoint(row.remote, row.remotePort);
			if (inodes.has(row.inode)) look.owned++;
			if (address.startsWith('10.88.0.1') && row.hasInfo) look.informed++;
			if (!look.backends.includes(address)) look.backends.push(address);
		});
		look.torn = count?.torn ?? 0;
		looks.push(look);
	}
	return looks;
}

test('openRecording reads a recorder through a terminal, with CRLF, quotes or both, as it reads one through a pipe', async () => {
	const plain = await looksOf(await openRecording(pathOf('lf-plain.capture.gz'), {source: 'auto'}));
	assert.ok(plain.every(({owned, informed, torn}) => owned >= 3 && informed >= 3 && torn === 0));
	for (const name of ['lf-quoted', 'crlf-plain', 'crlf-quoted']) {
		assert.deepEqual(await looksOf(await openRecording(pathOf(`${name}.capture.gz`), {source: 'auto'})), plain, name);
	}
});

test('lines that script(1) adds are not damage', async () => {
	const recording = await openRecording(pathOf('crlf-plain.capture.gz'), {source: 'auto'});
	await looksOf(recording);
	assert.equal(recording.damage(), null);
});

test('openRecording reads a table that begins with a byte order mark', async () => {
	const recording = await openRecording(pathOf('utf8-bom.txt'), {source: 'auto'});
	const [look] = await looksOf(recording);
	assert.equal(look?.torn, 0);
	assert.equal(look?.backends.length, 1);
	assert.equal(recording.damage(), null);
});

test('a line of date gives the time of the snapshot after it', async () => {
	const recording = await openRecording(pathOf('date-lines.txt'), {source: 'auto'});
	const looks = await looksOf(recording);
	assert.deepEqual(
		looks.map(({time}) => new Date(time).toISOString()),
		[0, 1, 2, 3].map((minute) => `2026-11-25T22:0${minute}:10.000Z`),
	);
	assert.ok(looks.every(({torn}) => torn === 0));
	assert.ok(looks.every(({isTimeAssumed}) => !isTimeAssumed));
	assert.equal(recording.damage(), null);
});

test('UTF-16 text is named as such', async () => {
	const folder = mkdtempSync(`${tmpdir()}/by-hand-`);
	writeFileSync(`${folder}/x`, Buffer.from(`\ufeff${readFileSync(pathOf('date-lines.txt'), 'latin1')}`, 'utf16le'));
	await assert.rejects(openRecording(`${folder}/x`, {source: 'auto'}), /is UTF-16 text, as PowerShell writes/);
	rmSync(folder, {recursive: true});
});
