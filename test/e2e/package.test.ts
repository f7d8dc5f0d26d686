/** What npm publishes: packed, installed into an empty prefix, and run from there. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {after, describe, test} from 'node:test';

const ROOT = path.join(import.meta.dirname, '../..');
const RECORDING = path.join(ROOT, 'fixtures/recordings/killed.capture');
const folder = mkdtempSync(path.join(os.tmpdir(), 'tt-package-'));
after(() => rmSync(folder, {recursive: true}));

type Packed = {readonly filename: string; readonly size: number; readonly files: readonly {readonly path: string}[]};

const npm = (...args: string[]) => execFileSync('npm', args, {cwd: ROOT, encoding: 'utf8', stdio: 'pipe'});
// dist/ is there: whoever runs this has built it
const [packed] = JSON.parse(npm('pack', '--json', '--ignore-scripts', '--pack-destination', folder)) as Packed[];
assert.ok(packed);
const tarball = path.join(folder, packed.filename);

function whyNotInstalled(): string | false {
	try {
		// what `npm ci` fetched is in npm's cache
		npm('install', '--global', '--prefix', `${folder}/prefix`, '--prefer-offline', '--no-audit', '--no-fund', tarball);
		return false;
	} catch (error) {
		const {stderr} = error as {stderr?: string};
		return `npm cannot install the package here: ${stderr?.split('\n', 1)[0] ?? error}`;
	}
}

test('the package packs what runs and what is read, and nothing else', () => {
	const paths = packed.files.map((file) => file.path);
	for (const wanted of [
		'bin/traefik-top.js',
		'dist/cli.js',
		'dist/worker.js',
		'docs/traefik-top.1',
		'README.md',
		'LICENSE',
	]) {
		assert.ok(paths.includes(wanted), wanted);
	}
	assert.deepEqual(
		paths.filter((each) => /^(src|test|bench|node_modules|\.)|^docs\/images|^fixtures\/(?!demo)|\.map$/.test(each)),
		[],
	);
	assert.ok(packed.size < 1_000_000, `${packed.size} bytes`);
});

describe('installed globally into an empty prefix', {skip: whyNotInstalled()}, () => {
	const installed = (...args: string[]) =>
		execFileSync(`${folder}/prefix/bin/traefik-top`, args, {cwd: folder, encoding: 'utf8'});

	test('the package says its version', () => {
		assert.match(installed('--version'), /^\d+\.\d+\.\d+/);
	});

	test('the package reads a recording', () => {
		const {instances} = JSON.parse(installed('snapshot', '--json', RECORDING)) as {instances: {backends: unknown[]}[]};
		assert.ok((instances[0]?.backends.length ?? 0) > 0);
	});

	test('the package has its man page', () => {
		assert.ok(existsSync(`${folder}/prefix/share/man/man1/traefik-top.1`));
	});
});
