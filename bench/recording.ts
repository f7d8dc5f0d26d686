/**
What recording costs, in bytes and in time, for 2,000 sockets of which 30 a second are new: `node bench/recording.ts`.
The readings are synthetic: a pool of established connections, each second 30 of them replaced (the old ones are in
TIME_WAIT for 60 s) and 100 requests answered. Raw tables under gzip and zstd are beside it. In a shared namespace half of
the sockets with an owner are another process's, which costs the section `:others`.
*/
import {mkdtempSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {constants, createGzip, createZstdCompress, gzipSync, zstdCompressSync} from 'node:zlib';
import {CaptureWriter} from '../src/capture/writer.ts';
import {Fold} from '../src/fold/fold.ts';
import {type Reading, type Server, UNKNOWN_SERVER} from '../src/reading.ts';
import {openRecording} from '../src/recording/open.ts';
import {NEW_PER_SECOND, Pool, SOCKETS, T} from './pool.ts';

const SECONDS = Number(process.argv[2] ?? 600);

const folder = mkdtempSync(join(tmpdir(), 'bench-recording-'));
const print = (what: string, value: string) => console.log(`${what.padEnd(58)} ${value}`);

async function raw(stream: ReturnType<typeof createGzip> | ReturnType<typeof createZstdCompress>): Promise<number> {
	const pool = new Pool(false);
	let bytes = 0;
	stream.on('data', (piece: Buffer) => {
		bytes += piece.length;
	});
	const seconds = Math.min(SECONDS, 120);
	for (let i = 0; i < seconds; i++) {
		pool.second(i * 1000);
		await new Promise<void>((resolve) => {
			stream.write(pool.raw());
			stream.flush(() => resolve());
		});
	}
	return bytes / seconds;
}

async function bench(name: string, hasInfo: boolean, isShared: boolean, servers = 0): Promise<void> {
	const path = join(folder, `${name}.capture`);
	const pool = new Pool(hasInfo, {isShared});
	const writer = new CaptureWriter(path);
	let recordMs = 0;
	let visitMs = 0;
	const before = process.cpuUsage();
	let generateMs = 0;
	for (let i = 1; i <= SECONDS; i++) {
		const generated = performance.now();
		pool.second(i * 1000);
		const tick = pool.tick(i * 1000);
		generateMs += performance.now() - generated;
		const moved = {
			...tick,
			time: T + tick.time,
			readings: tick.readings.map((one) => ({...one, time: T + one.time, ...serversOf(servers, i)})),
		};
		let start = performance.now();
		for (const reading of moved.readings) reading.visit(() => {});
		visitMs += performance.now() - start;
		start = performance.now();
		await writer.write(moved);
		recordMs += performance.now() - start;
	}
	await writer.close();
	const cpu = process.cpuUsage(before);
	const cpuMs = (cpu.user + cpu.system) / 1000 - generateMs;
	print(`${name}: bytes a snapshot`, (statSync(path).size / SECONDS).toFixed(0));
	print(`${name}: a day of seconds`, `${(((statSync(path).size / SECONDS) * 86_400) / 1e6).toFixed(0)} MB`);
	print(
		`${name}: encode, compress, write and sync, wall`,
		`${((recordMs - visitMs) / SECONDS).toFixed(2)} ms a snapshot`,
	);
	print(`${name}: CPU of all threads`, `${((cpuMs - visitMs) / SECONDS).toFixed(2)} ms a snapshot`);
	await replay(name, path);
}

/** The own ends of this many backends: busy processes with memory limits, so that three numbers of each change all the time. */
function serversOf(count: number, second: number): Pick<Reading, 'servers'> {
	if (count === 0) return {};
	const servers = new Map<string, Server>();
	for (let i = 0; i < count; i++) {
		const noise = (second * 7_919 + i * 104_729) % 97;
		servers.set(`10.0.0.${i + 1}:8080`, {
			...UNKNOWN_SERVER,
			...{pid: 800 + i, name: 'gunicorn', state: 'S', isListening: true, acceptQueue: 0, acceptLimit: 2_048},
			...{openFiles: 40 + (noise % 5), openFilesLimit: 1_024, startedAt: T, restarts: 0, oomKills: 0, workers: 4},
			...{cpuPercent: noise % 30, throttledPercent: 0, cpuLimit: 2, memoryLimitBytes: 2 ** 30},
			memoryBytes: 400_000_000 + noise * 4_096,
		});
	}
	return {servers: () => servers};
}

async function replay(name: string, path: string): Promise<void> {
	let start = performance.now();
	const recording = await openRecording(path, {source: 'auto'});
	print(`${name}: open`, `${(performance.now() - start).toFixed(1)} ms`);
	start = performance.now();
	const fold = new Fold({isWatched: () => true});
	let ticks = 0;
	for await (const tick of recording.ticks()) {
		fold.fold(tick);
		ticks++;
	}
	const elapsed = performance.now() - start;
	print(`${name}: read and fold`, `${(ticks / (elapsed / 1000)).toFixed(0)} × real time`);
	start = performance.now();
	let first = 0;
	for await (const tick of recording.ticks(T + (SECONDS * 1000) / 2)) {
		first = tick.time;
		break;
	}
	if (first === 0) throw new Error('no tick after a seek');
	print(`${name}: seek to a tick in the middle`, `${(performance.now() - start).toFixed(1)} ms`);
	print(`${name}: memory of this process`, `${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`);
	recording.close();
}

try {
	print('sockets, new a second, snapshots', `${SOCKETS}, ${NEW_PER_SECOND}, ${SECONDS}`);
	const one = new Pool(false).raw();
	print('raw table: one alone, gzip -6 / zstd -3', `${gzipSync(one).length} / ${zstdCompressSync(one).length} bytes`);
	print('raw tables one after the other, gzip -6', `${(await raw(createGzip())).toFixed(0)} bytes a snapshot`);
	const params = {[constants.ZSTD_c_windowLog]: 24, [constants.ZSTD_c_enableLongDistanceMatching]: 1};
	const long = await raw(createZstdCompress({params}));
	print('raw tables one after the other, zstd -3 --long', `${long.toFixed(0)} bytes a snapshot`);
	for (const isShared of [false, true]) {
		const where = isShared ? ', shared' : '';
		await bench(`text rows${where}`, false, isShared);
		await bench(`rows with tcp_info${where}`, true, isShared);
	}
	await bench('rows with tcp_info, ten own ends', true, false, 10);
} finally {
	rmSync(folder, {recursive: true});
}
