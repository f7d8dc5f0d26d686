/** The Traefik processes of this machine, read on every beat. */
import type {Tick} from '../reading.ts';
import type {Source} from '../source.ts';
import {MemoryKeeper} from '../system/memory.ts';
import {BackoffPolicy} from './backoff.ts';
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
	/** The interval grows while looks cost too much for it (backoff.ts). Left out: it stays as it is. */
	readonly hasBackoff?: boolean;
	/** ms for which this thread has worked so far. Left out: as the system says. */
	readonly workMs?: () => number;
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

/** ms of CPU time of this thread, or, in a Node before 23.9, of the process with all its threads. */
function threadWorkMs(): number {
	const {user, system} = process.threadCpuUsage?.() ?? process.cpuUsage();
	return (user + system) / 1000;
}

export function liveSource(options: LiveOptions): LiveSource {
	const {procRoot, pids, source} = options;
	const finder = new Finder(options);
	const reader = new ProcfsReader({procRoot, finder, pids, source, names: new FileNames(procRoot)});
	const beats = new Beats(options.intervalMs, monotonicMs);
	const policy = options.hasBackoff === true ? new BackoffPolicy(options.intervalMs) : null;
	const workMs = options.workMs ?? threadWorkMs;
	const onset = new Onset();
	const memory = new MemoryKeeper(monotonicMs());
	let lookedMs = Number.NEGATIVE_INFINITY;

	function look(): Tick {
		const beat = {time: Date.now(), monotonicMs: monotonicMs(), intervalMs: beats.intervalMs};
		lookedMs = beat.monotonicMs;
		const readings = reader.read(beat);
		const problem = readings.length > 0 ? null : finder.whyNone();
		const backoff = policy?.backoff ?? null;
		return {time: beat.time, readings, problem, ...(backoff === null ? {} : {backoff})};
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

	function keepTo(policy: BackoffPolicy, costMs: number): void {
		policy.add(costMs);
		if (policy.intervalMs !== beats.intervalMs) beats.setInterval(policy.intervalMs);
	}

	async function* ticks(): AsyncGenerator<Tick> {
		const stopDraining = repeatDrain(drain);
		try {
			do {
				const beganMs = workMs();
				yield look();
				memory.look(monotonicMs());
				// The next one has been asked for: all that is done with this one on this thread is done.
				if (policy !== null) keepTo(policy, workMs() - beganMs);
			} while (await beats.next());
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
		setInterval(intervalMs) {
			policy?.want(intervalMs);
			beats.setInterval(policy?.intervalMs ?? intervalMs);
		},
	};
}
