/**
Makes the single binary: everything in one file, for machines that have no Node.

    node binary/build.ts [--out DIR] [x64] [arm64]

Without a name, for the machine that it runs on. It fetches Bun with npm, at the version and with the checksum of
binary/package-lock.json, and compiles what esbuild made of src/ into it. docs/adr/0008 says why Bun.
*/
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {
	chmodSync,
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {bundle, HERE, ROOT} from './bundle.ts';

/** Of each architecture, by Node's name: the package with Bun. Of x64 the one that needs no AVX2. */
const BUN: Readonly<Record<string, string>> = {x64: '@oven/bun-linux-x64-baseline', arm64: '@oven/bun-linux-aarch64'};

/** Says one sentence and ends. */
function fail(sentence: string): never {
	console.error(`npm run binary: ${sentence}`);
	process.exit(1);
}

/** Why a command has failed, or null. */
function run(command: string, args: readonly string[], cwd: string): string | null {
	const {status, stdout, stderr, error} = spawnSync(command, args, {cwd, encoding: 'utf8'});
	if (status === 0) return null;
	return (error?.message ?? (stderr || stdout)).trim().split('\n')[0] ?? '';
}

/** Path of Bun for an architecture: fetched once, then kept in binary/.bun. */
function bunFor(arch: string): string {
	const lock = join(HERE, 'package-lock.json');
	const id = createHash('sha256').update(readFileSync(lock)).digest('hex').slice(0, 12);
	const kept = join(HERE, '.bun', `${arch}-${id}`);
	const bun = (folder: string) => join(folder, 'node_modules', BUN[arch] ?? '', 'bin/bun');
	if (existsSync(bun(kept))) return bun(kept);
	mkdirSync(join(HERE, '.bun'), {recursive: true});
	const fresh = mkdtempSync(join(HERE, '.bun', 'fetching-'));
	for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(HERE, name), join(fresh, name));
	const target = ['--os=linux', `--cpu=${arch}`, '--libc=glibc'];
	// an optional package that cannot be fetched is no error of npm's; it would try for more than a minute
	const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
	const args = ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', ...patience, ...target];
	const problem = run('npm', args, fresh);
	if (problem !== null || !existsSync(bun(fresh))) {
		rmSync(fresh, {recursive: true});
		fail(`cannot fetch ${BUN[arch]} (${problem ?? 'npm left it out: is there a network?'})`);
	}
	try {
		renameSync(fresh, kept);
	} catch {
		// another build was faster
		rmSync(fresh, {recursive: true});
	}
	return bun(kept);
}

async function make(arch: string, out: string): Promise<void> {
	const builder = bunFor(process.arch);
	const runtime = bunFor(arch);
	const folder = mkdtempSync(join(tmpdir(), 'traefik-top-binary-'));
	try {
		const entries = [await bundle('main', folder), await bundle('worker', folder)];
		const fresh = join(folder, 'traefik-top');
		const compile = ['build', '--compile', '--bytecode', `--target=bun-linux-${arch}`];
		// Nothing is read from the directory that it happens to be started in.
		const closed = ['dotenv', 'bunfig', 'tsconfig', 'package-json'].map((each) => `--no-compile-autoload-${each}`);
		const args = [...compile, ...closed, `--compile-executable-path=${runtime}`, `--outfile=${fresh}`, ...entries];
		const problem = run(builder, args, folder);
		if (problem !== null) throw new Error(`cannot compile for ${arch} (${problem})`);
		chmodSync(fresh, 0o755);
		mkdirSync(out, {recursive: true});
		const path = join(out, `traefik-top-linux-${arch}`);
		// one that is running is not written into
		copyFileSync(fresh, `${path}.new`);
		renameSync(`${path}.new`, path);
		console.log(path);
	} finally {
		rmSync(folder, {recursive: true});
	}
}

/** As `sha256sum` writes and `sha256sum --check` reads it. */
function sum(out: string): void {
	const names = readdirSync(out).filter((name) => /^traefik-top-linux-\w+$/.test(name));
	const lines = names.sort().map((name) => {
		const hash = createHash('sha256').update(readFileSync(join(out, name)));
		return `${hash.digest('hex')}  ${name}\n`;
	});
	writeFileSync(join(out, 'SHA256SUMS'), lines.join(''));
}

const {values, positionals} = parseArgs({options: {out: {type: 'string'}}, allowPositionals: true});
const out = values.out ?? join(ROOT, 'dist');
const archs = positionals.length === 0 ? [process.arch] : positionals;
const unknown = [...archs, process.arch].find((arch) => !(arch in BUN));
if (process.platform !== 'linux' || unknown !== undefined) {
	const here = `${process.platform} ${process.arch}`;
	fail(`binaries are for Linux on x64 and arm64 and made there, not for ${unknown ?? here}; install the npm package`);
}
if (!existsSync(join(ROOT, 'dist/page.js'))) fail('dist/page.js is missing; run npm run build first');
for (const arch of archs) await make(arch, out).catch((error: Error) => fail(error.message));
sum(out);
