/** What runs before the program: the launcher on a Node of any age, and whose config is read. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {after, test} from 'node:test';
import {spawn} from '@lydell/node-pty';
import {LAUNCHER, PROGRAM, runBin} from './bin.ts';

const folder = mkdtempSync(join(tmpdir(), 'launcher-'));
after(() => rmSync(folder, {recursive: true}));

/** The launcher alone, without what npm puts beside it. */
const alone = join(folder, 'alone/bin/traefik-top.js');
/** The same beside a newer Node, which says what it was given. */
const furnished = join(folder, 'furnished/bin/traefik-top.js');
for (const path of [alone, furnished]) {
	mkdirSync(dirname(path), {recursive: true});
	copyFileSync(LAUNCHER, path);
	writeFileSync(join(dirname(path), '../package.json'), '{"type":"module"}');
}
const newer = join(folder, 'furnished/node_modules/node/bin/node');
mkdirSync(dirname(newer), {recursive: true});
writeFileSync(newer, '#!/bin/sh\nshift\necho "newer: $*"\nexit 7\n');
chmodSync(newer, 0o755);

/** Runs a launcher by a Node that takes itself for another version. */
function launch(path: string, version: string, ...args: string[]) {
	const pretend = `Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`;
	const {status, stdout, stderr} = spawnSync(
		process.execPath,
		['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, path, ...args],
		{encoding: 'utf8'},
	);
	return {status, stdout, stderr};
}

for (const version of ['18.20.4', '20.19.2', '22.14.0']) {
	test(`Node ${version} is refused in one sentence that says what is needed`, () => {
		const stderr = `traefik-top: needs Node.js 22.15 or newer, this is ${version}; install one, or run npm ci in the traefik-top directory\n`;
		assert.deepEqual(launch(alone, version, 'snapshot'), {status: 1, stdout: '', stderr});
		assert.deepEqual(launch(alone, version, 'check'), {status: 3, stdout: '', stderr});
		assert.deepEqual(launch(alone, version, 'status', '--exit-code'), {status: 3, stdout: '', stderr});
	});
}

for (const version of ['22.15.0', '23.0.0', '24.21.0']) {
	test(`Node ${version} is taken as it is`, () => {
		const {status, stderr} = launch(furnished, version, 'snapshot');
		assert.equal(status, 1);
		assert.match(stderr, /^traefik-top: dist\/cli\.js is missing; run npm ci .*\n$/);
	});
}

test('an old Node hands over to the newer one beside it, with the arguments and the exit code', () => {
	const said = launch(furnished, '20.19.2', 'status', '--format', 'plain');
	assert.deepEqual(said, {status: 7, stdout: 'newer: status --format plain\n', stderr: ''});
});

test('under sudo the config is that of the user who typed the command, not the one of HOME', {
	skip: process.getuid?.() === 0 ? false : 'not root: nobody believes SUDO_USER then',
}, async () => {
	const home = join(folder, 'home');
	mkdirSync(join(home, '.config/traefik-top'), {recursive: true});
	writeFileSync(join(home, '.config/traefik-top/config.json'), '{"intervall":"1s"}');
	const env = {HOME: home, XDG_CONFIG_HOME: ''};
	const direct = await runBin(['status', join(folder, 'missing')], {env});
	assert.equal(direct.code, 2);
	assert.match(direct.stderr, /config\.json.*intervall/);
	// in /etc/passwd its home is /nonexistent: there is no config
	const sudo = await runBin(['status', join(folder, 'missing')], {env: {...env, SUDO_USER: 'nobody'}});
	assert.match(sudo.stderr, /cannot read \S*missing/);
});

test('a HOME that belongs to somebody else and is locked holds no config of ours; a locked one of ours is an error', {
	skip: process.getuid?.() === 0 ? false : 'not root: it can be nobody else',
}, () => {
	const home = join(folder, 'locked');
	mkdirSync(join(home, '.config/traefik-top'), {recursive: true});
	writeFileSync(join(home, '.config/traefik-top/config.json'), '{"interval":"7s"}');
	const parts = [folder, home, join(home, '.config'), join(home, '.config/traefik-top')];
	for (const part of parts) chmodSync(part, 0o755);
	const settings = new URL('../../src/commands/settings.ts', import.meta.url).href;
	// the program may be where nobody else can read it, so what it needs is loaded before it becomes nobody
	const script = `const {settingsOf} = await import(${JSON.stringify(settings)});
		process.setgroups([]); process.setgid(65534); process.setuid(65534);
		try { console.log(JSON.parse(settingsOf({}).printed).interval); } catch (error) { console.log(error.message); }`;
	const asNobody = () => {
		const env = {...process.env, HOME: home, XDG_CONFIG_HOME: '', SUDO_USER: ''};
		const args = ['--input-type=module', '-e', script];
		return spawnSync(process.execPath, args, {encoding: 'utf8', env}).stdout.trim();
	};
	assert.equal(asNobody(), '7s');
	chmodSync(home, 0o700);
	assert.equal(asNobody(), '1s');
	chmodSync(home, 0o755);
	chownSync(join(home, '.config/traefik-top'), 65534, 65534);
	chmodSync(join(home, '.config/traefik-top/config.json'), 0o600);
	assert.match(asNobody(), /cannot read the config \S+config\.json: permission denied/);
});

test('NO_COLOR wins over FORCE_COLOR without a warning of Node', async () => {
	const env = {...process.env, NO_COLOR: '1', FORCE_COLOR: '1', TERM: 'xterm-256color'};
	const [file, ...first] = PROGRAM;
	const terminal = spawn(file, [...first, 'snapshot', '--match', '^nobody-is-named-so$'], {env});
	let said = '';
	terminal.onData((text) => {
		said += text;
	});
	await new Promise<void>((resolve) => terminal.onExit(() => resolve()));
	assert.match(said, /^traefik-top: no Traefik process found: [^\n]+\n$/);
});
