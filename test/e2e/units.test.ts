/** The systemd units: what systemd says of them, and whether their capabilities are those that are needed. */
import assert from 'node:assert/strict';
import {type ChildProcess, execFileSync, spawnSync} from 'node:child_process';
import {chmodSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {openRecording} from '../../src/recording/open.ts';
import {fakeTraefik} from '../live/fake-traefik.ts';
import {PROGRAM} from './bin.ts';

const UNITS = ['record', 'export'].map((name) =>
	fileURLToPath(new URL(`../../docs/traefik-top-${name}.service`, import.meta.url)),
);
const analyze = (...args: string[]) => spawnSync('systemd-analyze', args, {encoding: 'utf8'});
const hasAnalyze = analyze('--version').status === 0;

for (const unit of UNITS) {
	const name = unit.split('/').at(-1);
	test(`systemd accepts ${name}`, {skip: hasAnalyze ? false : 'no systemd-analyze here'}, () => {
		const {status, stdout, stderr} = analyze('verify', unit);
		assert.deepEqual([stdout + stderr, status], ['', 0]);
	});

	test(`systemd finds ${name} little exposed`, {skip: hasAnalyze ? false : 'no systemd-analyze here'}, () => {
		const {status, stdout} = analyze('security', '--offline=yes', '--threshold=30', unit);
		assert.equal(status, 0, stdout);
	});
}

const ambient = UNITS.map((unit) => /^AmbientCapabilities=(.+)$/m.exec(readFileSync(unit, 'utf8'))?.[1] ?? '');
const bounding = UNITS.map((unit) => /^CapabilityBoundingSet=(.+)$/m.exec(readFileSync(unit, 'utf8'))?.[1] ?? '');

test('both units have the same capabilities, and may gain no more', () => {
	assert.equal(new Set([...ambient, ...bounding]).size, 1);
});

const as = (uid: number) => [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
const OWNER = 65_533;
const WATCHER = 65_534;

function missing(): string | false {
	if (process.getuid?.() !== 0) return 'not root';
	for (const command of ['ip', 'setpriv']) {
		if (spawnSync(command, ['-V']).error !== undefined) return `no ${command} here`;
	}
	// Without the right to read every file the watcher must still be able to read the program.
	const may = spawnSync('setpriv', [...as(WATCHER), ...PROGRAM, '--version'], {
		env: {XDG_CONFIG_HOME: tmpdir()},
	});
	return may.status === 0 ? false : 'nobody else may read this checkout';
}

describe('a service of its own user', {skip: missing()}, () => {
	const namespace = `traefik-top-units-${process.pid}`;
	const directory = mkdtempSync(join(tmpdir(), 'traefik-top-units-'));
	const children: ChildProcess[] = [];
	let pid = 0;

	before(async () => {
		chmodSync(directory, 0o777);
		execFileSync('ip', ['netns', 'add', namespace]);
		execFileSync('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
		// A second process there makes it matter whose sockets are whose.
		for (const uid of [OWNER, OWNER - 1]) {
			const fake = await fakeTraefik(['ip', 'netns', 'exec', namespace, 'setpriv', ...as(uid)]);
			children.push(fake.child);
			pid = fake.pid;
		}
	});

	after(() => {
		for (const child of children) child.kill('SIGKILL');
		spawnSync('ip', ['netns', 'del', namespace]);
		rmSync(directory, {recursive: true});
	});

	/** How a recording says that it was read. */
	async function readWith(capabilities: readonly string[]) {
		const file = join(directory, `${capabilities.join('-')}.capture`);
		const set = ['-all', ...capabilities.map((name) => `+${name.replace('CAP_', '').toLowerCase()}`)].join(',');
		const sets = [`--bounding-set=${set}`, `--inh-caps=${set}`, `--ambient-caps=${set}`, '--no-new-privs'];
		const record = ['record', '--for', '300ms', '--interval', '100ms', '--pid', String(pid), '-o', file];
		execFileSync('setpriv', [...as(WATCHER), ...sets, ...PROGRAM, ...record], {
			env: {XDG_CONFIG_HOME: directory},
			stdio: ['ignore', 'ignore', 'ignore'],
		});
		const recording = await openRecording(file, {source: 'auto'});
		for await (const {readings} of recording.ticks()) {
			for (const {rowSource, descriptors} of readings) {
				recording.close();
				return {rowSource, descriptors};
			}
		}
		return null;
	}

	const whole = {rowSource: 'netlink', descriptors: 'readable'};
	const all = ambient[0]?.split(' ') ?? [];

	test('sees the sockets of another user in another namespace, with tcp_info and whose they are', async () => {
		assert.deepEqual(await readWith(all), whole);
	});

	for (const left of all) {
		test(`sees less without ${left}`, async () => {
			assert.notDeepEqual(await readWith(all.filter((name) => name !== left)), whole);
		});
	}
});
