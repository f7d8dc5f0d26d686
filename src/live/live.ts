/** The Traefik processes of this machine, read on every beat. */
import type {Tick} from '../reading.ts';
import type {Source} from '../source.ts';
import {Beats} from './beats.ts';
import {Finder, type FindOptions} from './find.ts';
import {FileNames} from './names.ts';
import {Onset} from './onset.ts';
import {ProcfsReader} from './procfs.ts';
import type {RowChoice} from './procfs-tables.ts';

export type LiveOptions = FindOptions & {
	readonly intervalMs: number;
	/** Where the rows come from: `auto` takes netlink where it is allowed and works, else the text tables. */
	readonly source: RowChoice;
};

/** The receive buffer holds 13,000 endings; and a backend that begins to fail is known so soon. */
const DRAIN_MS = 100;

export type LiveSource = Source & {
	setInterval(intervalMs: number): void;
	/** One tick, now: for commands that look once or twice. Its readings hold until the next look. */
	look(): Tick;
};

/** ms on CLOCK_MONOTONIC: it never jumps, and every thread reads the same. */
export function monotonicMs(): number {
	const [seconds, nanoseconds] = process.hrtime();
	return seconds * 1000 + nanoseconds / 1e6;
}

export function liveSource(options: LiveOptions): LiveSource {
	const {procRoot, pids, source} = options;
	const finder = new Finder(options);
	const reader = new ProcfsReader({procRoot, finder, pids, source, names: new FileNames(procRoot)});
	const beats = new Beats(options.intervalMs, monotonicMs);
	const onset = new Onset();
	let lookedMs = Number.NEGATIVE_INFINITY;

	function look(): Tick {
		const beat = {time: Date.now(), monotonicMs: monotonicMs(), intervalMs: beats.intervalMs};
		lookedMs = beat.monotonicMs;
		const readings = reader.read(beat);
		return {time: beat.time, readings, problem: readings.length > 0 ? null : finder.whyNone()};
	}

	function drain(): void {
		const nowMs = monotonicMs();
		reader.drain(nowMs, (ending) => onset.notice(ending, nowMs));
		if (onset.isDue(nowMs, lookedMs)) beats.wake();
	}

	async function* ticks(): AsyncGenerator<Tick> {
		const draining = setInterval(() => drain(), DRAIN_MS).unref();
		try {
			do yield look();
			while (await beats.next());
		} finally {
			clearInterval(draining);
			reader.close();
		}
	}

	return {
		[Symbol.asyncIterator]: ticks,
		look,
		stop: () => beats.stop(),
		setBackends: (isBackend) => onset.setBackends(isBackend),
		setInterval: (intervalMs) => beats.setInterval(intervalMs),
	};
}
