/** The Traefik processes of this machine, read on every beat. */
import type {Tick} from '../reading.ts';
import type {Source} from '../source.ts';
import {Beats} from './beats.ts';
import {repeatDrain} from './drains.ts';
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

	/** Whether any ending had come. */
	function drain(): boolean {
		const nowMs = monotonicMs();
		let isBusy = false;
		reader.drain(nowMs, (ending) => {
			isBusy = true;
			onset.notice(ending, nowMs);
		});
		const isDue = onset.isDue(nowMs, lookedMs);
		if (isDue) beats.wake();
		return isBusy || isDue;
	}

	async function* ticks(): AsyncGenerator<Tick> {
		const stopDraining = repeatDrain(drain);
		try {
			do yield look();
			while (await beats.next());
		} finally {
			stopDraining();
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
