/**
What a live watch with --record saves by encoding a tick once for memory and file: `node bench/tee.ts [SECONDS]`, 2,000
sockets of which 30 a second are new. Both ways get the same ticks by turns in one run; each has a RecentCapture, a
CaptureWriter and a fold of its own. Medians of what holds the thread, without making the ticks; compression and the disk
are other threads'.
*/
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {CaptureEncoder} from '../src/capture/encoder.ts';
import {RecentCapture} from '../src/capture/recent.ts';
import {recordedBy} from '../src/capture/tee.ts';
import {CaptureWriter} from '../src/capture/writer.ts';
import {Fold} from '../src/fold/fold.ts';
import type {Tick} from '../src/reading.ts';
import {Pool, T} from './pool.ts';

const SECONDS = Number(process.argv[2] ?? 300);
const folder = mkdtempSync(join(tmpdir(), 'bench-tee-'));

class Watch {
	readonly recent = new RecentCapture();
	readonly writer: CaptureWriter;
	readonly encoder = new CaptureEncoder();
	readonly fold = new Fold();
	readonly times: number[] = [];
	readonly isOnce: boolean;

	constructor(name: string, isOnce: boolean) {
		this.writer = new CaptureWriter(join(folder, `${name}.capture`));
		this.isOnce = isOnce;
	}

	#record(tick: Tick): ReturnType<RecentCapture['record']> {
		if (this.isOnce) return recordedBy([this.recent, this.writer], tick, this.encoder);
		const kept = this.recent.record(tick);
		const written = this.writer.record(kept.tick);
		return {tick: written.tick, finish: async () => void (await Promise.all([written.finish(), kept.finish()]))};
	}

	async tick(tick: Tick): Promise<void> {
		const before = performance.now();
		const recording = this.#record(tick);
		this.fold.fold(recording.tick);
		const finished = recording.finish();
		this.times.push(performance.now() - before);
		await finished;
	}

	get median(): number {
		return this.times.toSorted((a, b) => a - b)[this.times.length >> 1] ?? 0;
	}
}

async function bench(name: string, hasInfo: boolean): Promise<void> {
	const pool = new Pool(hasInfo);
	const watches = [new Watch(`${name}-twice`, false), new Watch(`${name}-once`, true)];
	for (let second = 1; second <= SECONDS; second++) {
		pool.second(second * 1000);
		for (const watch of second % 2 === 0 ? watches : watches.toReversed()) {
			const tick = pool.tick(second * 1000);
			const readings = tick.readings.map((one) => ({...one, time: T + one.time}));
			await watch.tick({...tick, time: T + tick.time, readings});
		}
	}
	for (const {writer, recent} of watches) {
		await writer.close();
		recent.close();
	}
	const [twice = 0, once = 0] = watches.map(({median}) => median);
	console.log(
		`${name}: fold and encode twice, once: ${twice.toFixed(2)}, ${once.toFixed(2)} ms a tick (${(once / twice).toFixed(2)} ×)`,
	);
}

try {
	await bench('text rows', false);
	await bench('rows with tcp_info', true);
} finally {
	rmSync(folder, {recursive: true});
}
