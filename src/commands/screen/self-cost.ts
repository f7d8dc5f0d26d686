/** What watching costs, for the footer. */
import type {SelfCost} from '../../ui/state/playback.ts';

/** The newest figure is so old at most, and sooner replaced while there is little to average. */
const LONGEST_MS = 5_000;
const SHORTEST_MS = 1_000;

type Usage = {readonly atMs: number; readonly cpuMs: number; readonly rssBytes: number};

/** All threads of this process. */
function usageNow(): Usage {
	const {user, system} = process.cpuUsage();
	return {atMs: performance.now(), cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss()};
}

/**
What watching costs, measured from the first call on: starting is another matter. A figure covers the time since the one
before, a second at first and then five: what one look costs is no more than noise.
*/
export class CostMeter {
	readonly #usage: () => Usage;
	#first: Usage | null = null;
	#last: Usage | null = null;
	#cost: SelfCost = {cpuPercent: null, rssBytes: null};

	constructor(usage = usageNow) {
		this.#usage = usage;
	}

	measure(): SelfCost {
		const now = this.#usage();
		if (this.#first === null || this.#last === null) {
			this.#first = this.#last = now;
			this.#cost = {cpuPercent: null, rssBytes: now.rssBytes};
			return this.#cost;
		}
		const spanMs = now.atMs - this.#last.atMs;
		const neededMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (now.atMs - this.#first.atMs) / 2));
		// Looks come on a beat that jitters.
		if (spanMs < neededMs * 0.9) return this.#cost;
		this.#cost = {cpuPercent: (100 * (now.cpuMs - this.#last.cpuMs)) / spanMs, rssBytes: now.rssBytes};
		this.#last = now;
		return this.#cost;
	}
}
