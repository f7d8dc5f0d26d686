/** The Traefik processes of this machine, read on every beat. */
import type {Tick} from '../reading.ts';
import {Beats} from './beats.ts';
import {Finder, type FindOptions} from './find.ts';
import {FileNames} from './names.ts';
import {ProcfsReader} from './procfs.ts';
import type {RowChoice} from './procfs-tables.ts';
import type {Source} from './source.ts';

export type LiveOptions = FindOptions & {
	readonly intervalMs: number;
	/** Where the rows come from: `auto` takes netlink where it is allowed and works, else the text tables. */
	readonly source: RowChoice;
};

/** The receive buffer holds 13,000 endings, of a connection each. */
const DRAIN_MS = 150;

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

	function look(): Tick {
		const beat = {time: Date.now(), monotonicMs: monotonicMs(), intervalMs: beats.intervalMs};
		const readings = reader.read(beat);
		return {time: beat.time, readings, problem: readings.length > 0 ? null : finder.whyNone()};
	}

	async function* ticks(): AsyncGenerator<Tick> {
		const draining = setInterval(() => reader.drain(() => {}), DRAIN_MS).unref();
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
		setInterval: (intervalMs) => beats.setInterval(intervalMs),
	};
}
