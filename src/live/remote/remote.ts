/**
Watches other machines: runs the sh recorder through each command (`ssh lb1`, `docker exec -i traefik`) and puts what they
print together, one tick as soon as every host that is not silent has sent its next one. Times are moved to our clock, by
the quickest answer that came so far; a host's own clock may be hours off.
*/
import type {Instance, Reading, Tick} from '../../reading.ts';
import {NOTHING_READ} from '../../reading.ts';
import type {Source} from '../../source.ts';
import {greatest} from '../../text/greatest.ts';
import {RemoteHost, type RemoteOptions} from './remote-host.ts';

/** This many intervals without a tick are a silence. */
const SILENT_INTERVALS = 3;
/** The first answer may take a login. */
const CONNECT_MS = 5_000;
/** More than this many ticks waiting: the oldest of them are let go. */
const MAX_LAG = 3;

export function remoteSource(commands: readonly string[], options: RemoteOptions): Source {
	const source = new RemoteSource(commands, options);
	return {
		[Symbol.asyncIterator]: () => source.ticks(),
		stop: () => source.stop(),
		setInterval: (intervalMs) => source.setInterval(intervalMs),
	};
}

class RemoteSource {
	readonly #hosts: RemoteHost[];
	readonly #owners = new Map<string, string>();
	readonly #startedMs = performance.now();
	#intervalMs: number;
	#isStopped = false;
	#wake: () => void = () => {};

	constructor(commands: readonly string[], options: RemoteOptions) {
		this.#intervalMs = options.intervalMs;
		this.#hosts = commands.map((via) => new RemoteHost(via, options, () => this.#wake()));
	}

	async *ticks(): AsyncGenerator<Tick> {
		for (const host of this.#hosts) host.connect();
		try {
			while (!this.#isStopped) {
				const waitMs = this.#waitMs();
				if (waitMs > 0) await this.#sleep(waitMs);
				else yield this.#merge();
			}
		} finally {
			this.stop();
		}
	}

	stop(): void {
		this.#isStopped = true;
		for (const host of this.#hosts) host.stop();
		this.#wake();
	}

	setInterval(intervalMs: number): void {
		this.#intervalMs = intervalMs;
		for (const host of this.#hosts) host.setInterval(intervalMs);
	}

	/** How long until a tick is due; 0: now. */
	#waitMs(): number {
		const now = performance.now();
		const silentAtMs = this.#hosts.map((host) => this.#silentAtMs(host));
		if (this.#hosts.some((host) => host.queue.length > 0)) {
			const dueMs = this.#hosts.map((host, i) => (host.queue.length > 0 ? now : (silentAtMs[i] ?? now)));
			return Math.max(0, Math.max(...dueMs) - now);
		}
		// nobody speaks: whoever has spoken gets its time, then it is said once per interval
		const spokenMs = silentAtMs.filter((_, i) => this.#hosts[i]?.lastTickMs !== null);
		const dueMs = Math.max(Math.min(...silentAtMs), ...spokenMs, this.#lastMergeMs + this.#intervalMs);
		return Math.max(0, dueMs - now);
	}

	#lastMergeMs = Number.NEGATIVE_INFINITY;

	/** When a host counts as silent; one that said why it ended does at once. */
	#silentAtMs(host: RemoteHost): number {
		if (host.problem !== null) return 0;
		const silenceMs = Math.max(SILENT_INTERVALS * this.#intervalMs, 1000);
		return host.lastTickMs === null ? this.#startedMs + CONNECT_MS : host.lastTickMs + silenceMs;
	}

	#merge(): Tick {
		const time = Date.now();
		this.#lastMergeMs = performance.now();
		const readings: Reading[] = [];
		const problems: string[] = [];
		for (const host of this.#hosts) {
			while (host.queue.length > MAX_LAG) host.queue.shift();
			const tick = host.queue.shift();
			if (tick === undefined) readings.push(...this.#silent(host, time));
			else {
				readings.push(...tick.readings.map((reading) => this.#own(reading, host.via)));
				if (tick.problem !== null)
					problems.push(this.#hosts.length > 1 ? `${host.via}: ${tick.problem}` : tick.problem);
			}
		}
		const latest = greatest(readings.map((reading) => reading.time));
		return {
			time: Number.isFinite(latest) ? latest : time,
			readings,
			problem: readings.length === 0 && problems.length > 0 ? problems.join('; ') : null,
		};
	}

	/** What is known of a host that says nothing: that it says nothing. */
	#silent(host: RemoteHost, time: number): Reading[] {
		const seconds = host.lastTickMs === null ? null : Math.round((performance.now() - host.lastTickMs) / 1000);
		const problem =
			host.problem ??
			(seconds === null ? `${host.via} has not answered yet` : `${host.via} has been silent for ${seconds} s`);
		const unknown: Instance = {id: host.via, host: null, via: host.via, pid: null, startedAt: null, netns: null};
		const instances = host.instances.length > 0 ? host.instances : [unknown];
		return instances.map((instance) => this.#own(silentReading(instance, time, problem, this.#intervalMs), host.via));
	}

	/** Two containers may call themselves the same: the second one's id says through what it is read. */
	#own(reading: Reading, via: string): Reading {
		const {id} = reading.instance;
		const owner = this.#owners.get(id) ?? via;
		this.#owners.set(id, owner);
		const instance = {...reading.instance, via, id: owner === via ? id : `${id} (${via})`};
		return {...reading, instance};
	}

	#sleep(ms: number): Promise<void> {
		return new Promise((resolve) => {
			const timer = setTimeout(resolve, Math.min(ms, 0x7fffffff));
			this.#wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
	}
}

function silentReading(instance: Instance, time: number, problem: string, intervalMs: number): Reading {
	return {...NOTHING_READ, instance, time, monotonicMs: performance.now(), intervalMs, problem};
}
