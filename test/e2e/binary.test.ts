/** The single binary: made here, and run where there is nothing else, beside the program that npm installs. */
import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {
	chmodSync,
	copyFileSync,
	cpSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {after, describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {openRecording} from '../../src/recording/open.ts';
import {withScreen} from '../ui/pty.ts';
import {LAUNCHER} from './bin.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILD = join(ROOT, 'binary/build.ts');
const RECORDING = join(ROOT, 'fixtures/recordings/killed.capture');
const folder = mkdtempSync(join(tmpdir(), 'traefik-top-binary-'));
chmodSync(folder, 0o755);
after(() => rmSync(folder, {recursive: true}));
const binary = join(folder, `traefik-top-linux-${process.arch}`);

/** Runs the build on a machine that takes itself for another. */
function buildOn(platform: string, ...args: string[]) {
	const pretend = `Object.defineProperty(process,'platform',{value:'${platform}'})`;
	const hook = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`];
	return spawnSync(process.execPath, [...hook, BUILD, '--out', folder, ...args], {encoding: 'utf8'});
}

/** The build says in one sentence why it cannot be. */
function whyNotBuilt(): string | false {
	const {status, stderr} = buildOn(process.platform);
	return status === 0 ? false : stderr.trim();
}

for (const [platform, ...args] of [['darwin'], ['linux', 'riscv64']] as const) {
	test(`the binary is not built on ${[platform, ...args].join(' for ')}; one sentence says so`, () => {
		const {status, stdout, stderr} = buildOn(platform, ...args);
		assert.deepEqual([status, stdout], [1, '']);
		assert.match(stderr, /^npm run binary: binaries are for Linux on x64 and arm64 .*; install the npm package\n$/);
		assert.match(stderr, platform === 'darwin' ? /not for darwin/ : /not for riscv64/);
	});
}

test('the binary is not built where Bun cannot be fetched; one sentence says so', () => {
	const copy = join(folder, 'checkout');
	for (const part of [
		'binary/build.ts',
		'binary/bundle.ts',
		'binary/package.json',
		'binary/package-lock.json',
		'dist/page.js',
	]) {
		cpSync(join(ROOT, part), join(copy, part));
	}
	symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
	const {status, stdout, stderr} = spawnSync(process.execPath, [join(copy, 'binary/build.ts')], {
		env: {
			PATH: process.env['PATH'],
			HOME: folder,
			npm_config_registry: 'http://127.0.0.1:1',
			npm_config_cache: join(folder, 'no-cache'),
		},
		encoding: 'utf8',
	});
	assert.deepEqual([status, stdout], [1, '']);
	assert.match(stderr, /^npm run binary: cannot fetch @oven\/bun-linux-\S+ \(.+\)\n$/);
	assert.deepEqual(readdirSync(join(copy, 'binary/.bun')), []);
});

describe('the single binary', {skip: whyNotBuilt()}, () => {
	/** Nothing on the path, no home, no variable that means anything. */
	const env = {PATH: '', LANG: 'C.UTF-8', XDG_CONFIG_HOME: '/nonexistent'};
	const alone = (...args: string[]) => spawnSync(binary, args, {env, encoding: 'utf8', cwd: folder});
	const packaged = (...args: string[]) =>
		spawnSync(process.execPath, [LAUNCHER, ...args], {env, encoding: 'utf8', cwd: folder});

	test('sha256sum confirms the checksum of the binary', () => {
		execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], {cwd: folder, stdio: 'pipe'});
	});

	test('a second build is the same file, byte for byte', () => {
		const again = join(folder, 'again');
		execFileSync(process.execPath, [BUILD, '--out', again], {stdio: 'pipe'});
		assert.equal(readFileSync(join(again, 'SHA256SUMS'), 'utf8'), readFileSync(join(folder, 'SHA256SUMS'), 'utf8'));
	});

	for (const args of [
		['--version'],
		['--help'],
		['nonsense'],
		['completion', 'bash'],
		['recorder'],
		['report', RECORDING],
		['report', '--format', 'json', RECORDING],
		['report', '--format', 'html', RECORDING],
		['snapshot', '--json', '--sockets', '--at', '50%', RECORDING],
		['status', '--format', 'json', RECORDING],
		['check', RECORDING],
		['replay', RECORDING],
		['watch', RECORDING],
	]) {
		test(`the binary prints what the package prints: ${args.join(' ').replace(RECORDING, 'killed.capture')}`, () => {
			const {status, stdout, stderr} = alone(...args);
			const expected = packaged(...args);
			assert.deepEqual(
				{status, stdout, stderr},
				{status: expected.status, stdout: expected.stdout, stderr: expected.stderr},
			);
		});
	}

	test('the binary asks the kernel itself, by netlink', async () => {
		const path = join(folder, 'self.capture');
		const record = ['record', '--for', '300ms', '--interval', '100ms', '--pid', String(process.pid), '-o', path];
		const {status, stderr} = alone(...record);
		assert.equal(status, 0, stderr);
		const recording = await openRecording(path, {source: 'auto'});
		const sources = new Set<string>();
		for await (const {readings} of recording.ticks()) {
			for (const {rowSource} of readings) sources.add(rowSource);
		}
		recording.close();
		assert.deepEqual([...sources], ['netlink']);
	});

	const live = `PATH= '${binary}' --interval 200ms`;
	test('its live view reads on a thread of its own, and ends with the terminal as it was', async () => {
		await withScreen(
			{shell: `cd ${folder}; ${live} --pid ${process.pid}; echo "ended: $?"`, columns: 120},
			async (screen) => {
				await screen.sees('● LIVE');
				assert.ok(screen.isAlternate());
				screen.press('q');
				await screen.sees('ended: 0');
				assert.ok(!screen.isAlternate());
			},
		);
	});

	test('the binary plays the bundled incident', async () => {
		const shell = `cd ${folder}; ${live} --demo-if-none --match '^nobody-is-named-so$'`;
		await withScreen({shell, columns: 120}, async (screen) => {
			await screen.sees('DEMO');
			await screen.sees('10.77.0.12:8080');
			screen.press('q');
			await screen.exited;
		});
	});

	const hasStrace = spawnSync('strace', ['-V']).status === 0;
	test('the binary unpacks nothing: no file, no directory, no memory of a file', {
		skip: hasStrace ? false : 'no strace here',
	}, () => {
		const traced = ['-f', '-qq', '-e', 'trace=openat,open,creat,mkdir,mkdirat,memfd_create,execve'];
		const args = ['snapshot', '--json', '--pid', String(process.pid)];
		const {status, stderr} = spawnSync('strace', [...traced, binary, ...args], {
			env: {...env, PATH: process.env['PATH']},
			encoding: 'utf8',
		});
		assert.equal(status, 0, stderr);
		assert.match(stderr, /openat\(/);
		const made = stderr.split('\n').filter((line) => /O_CREAT|O_TMPFILE|creat\(|mkdir|memfd_create\(/.test(line));
		assert.deepEqual(made, []);
		assert.equal(stderr.match(/execve\(/g)?.length, 1);
	});

	const isRoot = process.getuid?.() === 0;
	test('the binary needs the C library and /proc, and no place to write', {
		skip: isRoot ? false : 'needs root to change the root',
	}, () => {
		const root = join(folder, 'root');
		const libraries = execFileSync('ldd', [binary], {encoding: 'utf8'});
		for (const [path] of libraries.matchAll(/\/\S+/g)) {
			mkdirSync(join(root, dirname(path)), {recursive: true});
			copyFileSync(resolve(path), join(root, path));
		}
		copyFileSync(binary, join(root, 'traefik-top'));
		copyFileSync(RECORDING, join(root, 'killed.capture'));
		mkdirSync(join(root, 'proc'));
		// nothing can be written there, and /proc is its own
		const script = `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && mount -t proc proc "$0/proc" && exec chroot "$0" "$@"`;
		const args = ['--mount', '--pid', '--fork', 'sh', '-c', script, root, '/traefik-top', 'report', 'killed.capture'];
		const {status, stdout, stderr} = spawnSync('unshare', args, {
			env: {...env, PATH: process.env['PATH']},
			encoding: 'utf8',
		});
		assert.equal(status, packaged('report', RECORDING).status, stderr);
		assert.match(stdout, /10\.77\.0\.12:8080 +refused/);
	});

	test('the binary reads nothing of its runtime from the directory it is started in', () => {
		const cwd = mkdtempSync(join(folder, 'cwd-'));
		mkdirSync(join(cwd, 'planted/traefik-top'), {recursive: true});
		for (const [name, text] of [
			['.env', `XDG_CONFIG_HOME=${cwd}/planted\n`],
			['planted/traefik-top/config.json', 'not JSON'],
			['bunfig.toml', 'preload = ["./planted.js"]\n'],
			['planted.js', 'process.exit(77);\n'],
			['package.json', '{"version": "planted"}'],
		] as const) {
			writeFileSync(join(cwd, name), text);
		}
		const run = (...args: string[]) => spawnSync(binary, args, {env: {PATH: ''}, cwd, encoding: 'utf8'});
		assert.equal(run('status', '--print-config').status, 0);
		assert.equal(run('--version').stdout, packaged('--version').stdout);
	});
});
