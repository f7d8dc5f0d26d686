import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, beforeEach, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import type {Saved} from '../../src/capture/recent.ts';
import {DEFAULT_THRESHOLDS} from '../../src/detect/thresholds.ts';
import {DEFAULT_MATCH} from '../../src/live/find.ts';
import {openRecording} from '../../src/recording/open.ts';
import {createWatcher, type Sight, type Watcher} from '../../src/worker/client.ts';
import type {WorkerOptions} from '../../src/worker/protocol.ts';
import {fakeProc} from '../live/fake-proc.ts';

const proc = fakeProc();
const scratch = mkdtempSync(join(tmpdir(), 'traefik-top-worker-'));
after(() => {
	proc.remove();
	rmSync(scratch, {recursive: true});
});
beforeEach(() => {
	proc.clear();
	proc.add({pid: 2, comm: 'kthreadd', flags: 0x00200000});
});

function options(more: Partial<WorkerOptions> = {}): WorkerOptions {
	const shared = {procRoot: proc.root, match: DEFAULT_MATCH, pids: [], backend: [], ignore: []} as const;
	const judged = {names: new Map<string, string>(), thresholds: DEFAULT_THRESHOLDS};
	return {kind: 'live', ...shared, ...judged, source: 'text', intervalMs: 20, ...more};
}

const LISTENER =
	'   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 500 1 0 100 0 0 10 0';
const DIAL =
	'   1: 0100000A:9C40 0200000A:1F90 01 00000000:00000000 00:00000000 00000000     0        0 501 1 0 20 4 30 10 -1';
const OTHER =
	'   2: 0100000A:9C41 0300000A:1F90 01 00000000:00000000 00:00000000 00000000     0        0 502 1 0 20 4 30 10 -1';

function addTraefik(): void {
	const tcp = ['  sl  local_address', LISTENER, DIAL, OTHER, ''].join('\n');
	proc.add({pid: 41, comm: 'traefik', exe: '/bin/traefik', files: {'net/tcp': tcp, 'net/tcp6': '  sl\n'}});
}

/** Runs `body` on each sight until it says that it has seen enough. */
async function watch(watcher: Watcher, body: (sight: Sight) => boolean): Promise<void> {
	try {
		for await (const sight of watcher.sights) {
			if (body(sight)) break;
		}
	} finally {
		await watcher.close();
	}
}

test('the worker posts what the fold made of each tick', async () => {
	addTraefik();
	await watch(createWatcher(options()), ({look, rows}) => {
		assert.deepEqual(look.snapshots[0]?.backends.map(({address}) => address).sort(), [
			'10.0.0.2:8080',
			'10.0.0.3:8080',
		]);
		assert.equal(rows, null);
		return true;
	});
});

test('the worker watches the backends that were asked for', async () => {
	addTraefik();
	await watch(createWatcher(options({backend: ['10.0.0.0/24'], ignore: ['10.0.0.3']})), ({look}) => {
		assert.deepEqual(
			look.snapshots[0]?.backends.map(({address}) => address),
			['10.0.0.2:8080'],
		);
		return true;
	});
});

test('the worker says why there is nothing to see', async () => {
	await watch(createWatcher(options()), ({look}) => {
		assert.match(look.problem ?? '', /^no Traefik process found: the only process in \/.* does not match /);
		return true;
	});
});

test('the worker posts rows of a backend while it is open', async () => {
	addTraefik();
	const watcher = createWatcher(options());
	const seen: (string | null)[] = [];
	await watch(watcher, ({look, rows}) => {
		const instance = look.snapshots[0]?.instance.id ?? '';
		const ports = rows?.rows.map(({localPort}) => localPort).join() ?? null;
		if (seen.at(-1) !== ports) seen.push(ports);
		if (ports === null) watcher.send({type: 'rows', of: {instance, address: '10.0.0.2:8080'}});
		else watcher.send({type: 'rows', of: null});
		return seen.length === 3;
	});
	assert.deepEqual(seen, [null, '40000', null]);
});

test('the worker obeys a new interval at once', async () => {
	addTraefik();
	const watcher = createWatcher(options({intervalMs: 3_600_000}));
	let sights = 0;
	await watch(watcher, () => {
		if (sights === 0) watcher.send({type: 'interval', intervalMs: 10});
		return ++sights === 3;
	});
	assert.equal(sights, 3);
});

test('every look has the names, in one map while they are the same', async () => {
	addTraefik();
	proc.addFile(41, 'root/etc/hosts', '10.0.0.2 api-2\n');
	const maps: unknown[] = [];
	await watch(createWatcher(options()), ({look}) => {
		const names = look.snapshots[0]?.names;
		assert.equal(names?.get('10.0.0.2'), 'api-2');
		maps.push(names);
		return maps.length === 3;
	});
	assert.equal(new Set(maps).size, 1);
});

test('the worker ends the iteration when it is closed', async () => {
	const watcher = createWatcher(options({intervalMs: 3_600_000}));
	const sights = watcher.sights[Symbol.asyncIterator]();
	await sights.next();
	const last = sights.next();
	await watcher.close();
	assert.equal((await last).done, true);
});

/** Rows of each tick that a recording holds. */
async function rowsIn(path: string): Promise<number[]> {
	const recording = await openRecording(path, {source: 'auto'});
	const rows: number[] = [];
	for await (const {readings} of recording.ticks()) rows.push(readings[0]?.visit(() => {}).rows ?? 0);
	assert.equal(recording.damage(), null);
	recording.close();
	return rows;
}

test('the worker saves what it has read as a recording, and goes on', async () => {
	addTraefik();
	const file = join(scratch, 'saved.capture');
	const watcher = createWatcher(options());
	const times: number[] = [];
	const spans: Saved[] = [];
	await watch(watcher, ({look}) => {
		times.push(look.time);
		if (times.length === 3) watcher.save(file).then((span) => spans.push(span), assert.fail);
		return spans.length > 0;
	});
	const rows = await rowsIn(file);
	assert.ok(rows.length >= 3);
	assert.deepEqual(new Set(rows), new Set([3]));
	assert.deepEqual(spans, [{path: file, from: times[0], to: times[rows.length - 1]}]);
});

test('the worker answers open requests before it closes', async () => {
	addTraefik();
	const watcher = createWatcher(options());
	await watcher.sights[Symbol.asyncIterator]().next();
	const saved = watcher.save(join(scratch, 'late.capture'));
	const recorded = watcher.record(join(scratch, 'late2.capture'));
	const stopped = watcher.record(null);
	await watcher.close();
	assert.ok((await saved).to > 0);
	await Promise.all([recorded, stopped]);
});

test('the worker says why it cannot save', async () => {
	addTraefik();
	const watcher = createWatcher(options());
	const sights = watcher.sights[Symbol.asyncIterator]();
	await sights.next();
	const refusal = {name: 'UserError', message: `cannot write ${scratch}: it exists already`};
	await assert.rejects(watcher.save(scratch), refusal);
	await watcher.close();
});

test('the worker records from the beginning until told to stop', async () => {
	addTraefik();
	const file = join(scratch, 'recorded.capture');
	const watcher = createWatcher(options({record: file}));
	let written = 0;
	let stopping: Promise<string | null> | null = null;
	let isOver = false;
	await watch(watcher, ({recording}) => {
		if (recording !== null) {
			assert.equal(recording.path, file);
			assert.equal(recording.problem, null);
			written = recording.written;
			if (written >= 3) stopping ??= watcher.record(null);
		}
		isOver = recording === null;
		return isOver;
	});
	await stopping;
	assert.ok((await rowsIn(file)).length >= 3);
});

test('closing records what was read last', async () => {
	addTraefik();
	const file = join(scratch, 'closed.capture');
	const watcher = createWatcher(options({record: file, intervalMs: 3_600_000}));
	await watch(watcher, () => true);
	assert.deepEqual(await rowsIn(file), [3]);
});

test('a file that may not be written is a UserError', async () => {
	const watcher = createWatcher(options({record: join(scratch, 'none', 'x.capture')}));
	await assert.rejects(
		async () => {
			for await (const _ of watcher.sights);
		},
		{name: 'UserError'},
	);
});

const crashes: [what: string, code: string, error: RegExp][] = [
	['throws', "setImmediate(() => { throw new Error('boom'); });", /boom/],
	['rejects', "Promise.reject(new Error('boom'));", /boom/],
	['cannot be loaded', "import './nonexistent.js';", /nonexistent/],
	['just ends', 'process.exit(3);', /ended by itself \(exit code 3\)/],
];
for (const [what, code, error] of crashes) {
	test(`the main thread gets the error when the worker ${what}`, async () => {
		const file = join(scratch, `${what.replaceAll(' ', '-')}.mjs`);
		writeFileSync(file, code);
		const watcher = createWatcher(options(), pathToFileURL(file));
		await assert.rejects(async () => {
			for await (const _ of watcher.sights);
		}, error);
	});
}

test('an invalid pattern is an error', async () => {
	const watcher = createWatcher(options({ignore: ['nonsense']}));
	await assert.rejects(async () => {
		for await (const _ of watcher.sights);
	}, /no address pattern: nonsense/);
});
