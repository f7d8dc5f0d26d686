/**
The one gate, `npm test`: static checks, unit tests, end-to-end tests. Arguments choose test files instead of all of
them (then the checks are left out). The last line is `N passed, N failed` (`, N skipped`).

TRAEFIK_TOP_REQUIRE_ALL=1 turns a skipped test into a failed one: where everything can be had, nothing may be missing.
*/
import {spawnSync} from 'node:child_process';
import {globSync} from 'node:fs';
import {relative} from 'node:path';
import {run} from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name: string) => `${root}node_modules/.bin/${name}`;
const requiresAll = process.env['TRAEFIK_TOP_REQUIRE_ALL'] === '1';

/** How long one test may take, and one file; this many times longer on a machine that is emulated. */
const PATIENCE = Number(process.env['TRAEFIK_TOP_PATIENCE'] ?? 1);
const TEST_TIMEOUT_MS = 90_000 * PATIENCE;
const FILE_TIMEOUT_MS = 300_000 * PATIENCE;

const CHECKS: readonly (readonly [title: string, command: string, ...args: string[]])[] = [
	['types (tsc)', bin('tsc'), '-p', '.'],
	['types of the report’s page (tsc)', bin('tsc'), '-p', 'src/page'],
	['format, lint and import ranks (biome)', bin('biome'), 'check', '--error-on-warnings', '.'],
	['unused files, exports and dependencies (knip)', bin('knip'), '--no-progress'],
	['build (esbuild)', process.execPath, 'build.js'],
	['package (publint)', bin('publint'), '--strict', '.'],
];

const total = {passed: 0, failed: 0, skipped: 0};
const failures: string[] = [];
const skips: string[] = [];

function check([title, command, ...args]: (typeof CHECKS)[number]): void {
	const {status, stdout, stderr, error} = spawnSync(command, args, {cwd: root, encoding: 'utf8'});
	if (status === 0) {
		total.passed++;
		console.log(`✔ ${title}`);
		return;
	}
	total.failed++;
	failures.push(title);
	console.log(`✖ ${title}\n${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`);
}

async function runFiles(files: readonly string[]): Promise<void> {
	const hook = pathToFileURL(`${root}test/tsx-hook.js`).href;
	const events = run({
		files: [...files],
		cwd: root,
		concurrency: 2,
		timeout: FILE_TIMEOUT_MS,
		execArgv: ['--import', hook, `--test-timeout=${TEST_TIMEOUT_MS}`],
	});
	for await (const {type, data} of events) {
		if (type === 'test:stderr' || type === 'test:stdout') process.stdout.write(data.message);
		if (type !== 'test:pass' && type !== 'test:fail') continue;
		if (data.details.type === 'suite') continue;
		const where = data.file === undefined ? '' : relative(root, data.file);
		const title = data.name === data.file || data.name === where ? where : `${where}: ${data.name}`;
		const reason = data.skip ?? data.todo;
		if (type === 'test:fail') {
			const {error} = data.details;
			const cause =
				error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : String(error.cause ?? error);
			fail(title, cause);
		} else if (reason !== undefined && reason !== false) skip(title, String(reason));
		else {
			total.passed++;
			console.log(`✔ ${title}${slow(data.details.duration_ms)}`);
		}
	}
}

function slow(ms: number): string {
	return ms >= 1000 ? ` (${(ms / 1000).toFixed(1)} s)` : '';
}

function fail(title: string, cause: string): void {
	total.failed++;
	failures.push(title);
	console.log(`✖ ${title}\n${cause.replace(/^/gm, '    ')}`);
}

function skip(title: string, reason: string): void {
	if (requiresAll) {
		fail(title, `skipped, and TRAEFIK_TOP_REQUIRE_ALL=1: ${reason}`);
		return;
	}
	total.skipped++;
	skips.push(`${title}: ${reason}`);
	console.log(`﹣ ${title}: skipped: ${reason}`);
}

const chosen = process.argv.slice(2);
if (chosen.length === 0) for (const each of CHECKS) check(each);
const files = chosen.length > 0 ? chosen : globSync('test/**/*.test.{ts,tsx}', {cwd: root}).sort();
// The end-to-end tests start last: what breaks in the small shows first.
const isEndToEnd = (file: string) => file.startsWith('test/e2e/');
await runFiles([...files.filter((file) => !isEndToEnd(file)), ...files.filter(isEndToEnd)]);

if (skips.length > 0) console.log(`\nskipped:\n${skips.map((line) => `  ${line}`).join('\n')}`);
if (failures.length > 0) console.log(`\nfailed:\n${failures.map((line) => `  ${line}`).join('\n')}`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
