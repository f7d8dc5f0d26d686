import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {linkSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {hostname, tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {type LockOptions, lockFile} from '../../src/system/file-lock.ts';
import {makeLocked, openLocked} from '../../src/system/locked-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'file-lock-'));
after(() => rmSync(folder, {recursive: true}));
let made = 0;
const newFile = () => {
	const path = join(folder, `${made++}.capture`);
	writeFileSync(path, '');
	return path;
};
const WITHOUT: LockOptions = {flock: null};
const take = (path: string, options: LockOptions) => lockFile(openSync(path, 'r+'), path, options);
const lockOf = (path: string) => join(folder, `.traefik-top-${statSync(path).ino}.lock`);

const ways: [how: string, options: LockOptions][] = [
	['a lock file', WITHOUT],
	...(process.platform === 'linux' ? ([['flock', {}]] as [string, LockOptions][]) : []),
];
for (const [how, options] of ways) {
	test(`${how} is held by one, under every name of the file`, () => {
		const path = newFile();
		const [hard, soft] = [`${path}.hard`, `${path}.soft`];
		linkSync(path, hard);
		symlinkSync(path, soft);
		assert.notEqual(take(path, options), null);
		for (const name of [path, hard, soft]) assert.equal(take(name, options), null, name);
	});
}

test('a lock file that is given back can be taken again', () => {
	const path = newFile();
	take(path, WITHOUT)?.release();
	assert.notEqual(take(path, WITHOUT), null);
});

const {pid: ended = 0} = spawnSync('true');
const stale: [why: string, owner: string, isTaken: boolean][] = [
	['a process that has ended', `${ended} 5 ${hostname()}`, true],
	[
		'a process that began at another time: its number was given out again',
		`${process.ppid} 5 ${hostname()}`,
		process.platform === 'linux',
	],
	['a process of another machine', `${ended} 5 elsewhere.example`, false],
	['nobody that can be read', 'rubbish', false],
];
for (const [why, owner, isTaken] of stale) {
	test(`a lock file of ${why} is ${isTaken ? 'taken over' : 'respected'}`, () => {
		const path = newFile();
		writeFileSync(lockOf(path), `${owner}\n`);
		assert.equal(take(path, WITHOUT) !== null, isTaken);
	});
}

test('where flock is not supported the lock file does', () => {
	const path = newFile();
	assert.equal(take(path, {flock: () => 'unsupported'})?.isKernels, false);
	assert.equal(take(path, {flock: () => 'unsupported'}), null);
});

test('a file that is locked in this process already is refused', () => {
	const path = newFile();
	take(path, {});
	assert.throws(() => openLocked(path), /cannot write .*\.capture: (it is already being written to|.*\.lock says)/);
});

test('no lock file is left of those that were refused', () => {
	const path = newFile();
	const lock = take(path, WITHOUT);
	take(path, WITHOUT);
	lock?.release();
	const names = readdirSync(folder).filter((name) => name.includes(String(statSync(path).ino)));
	assert.deepEqual(names, []);
});

test('a new file is made where nothing is: neither a file nor what a link points at is touched', () => {
	const path = join(folder, 'new.capture');
	const secret = join(folder, 'secret');
	symlinkSync(secret, path);
	writeFileSync(join(folder, 'new-2.capture'), 'precious');
	assert.equal(makeLocked(path).path, join(folder, 'new-3.capture'));
	assert.throws(() => statSync(secret), {code: 'ENOENT'});
	assert.throws(() => makeLocked(path, 1), {code: 'EEXIST'});
});
