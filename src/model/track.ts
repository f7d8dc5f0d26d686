/**
History of one backend or instance: whole facts for RECENT_MS, and beyond that numbers in buckets of BUCKET_MS up to
LOOKBACK_MS, so that 1,000 backends over 15 minutes stay some megabytes whatever the interval is.
*/
import {allConnections} from '../parse/tcp-state.ts';
import {type BackendFacts, LOOKBACK_MS, type Snapshot} from '../snapshot.ts';
import {DRAWN_METRICS, FLOWS, METRICS, type Metric, metricOf} from './metric.ts';
import {isMultiplexed} from './multiplexed.ts';
import {columnAt, type PackedColumn, packColumn} from './packed-column.ts';

/** Facts are kept whole for this long. */
export const RECENT_MS = 90_000;
/** … and no more of them than the shortest interval gives in that time. */
const MAX_RECENT = 1000;
/** Looks nearer to each other than any interval, at a clock that is stuck: of more than this many the newest remains. */
const DENSE_MS = 50;
const MAX_DENSE = 100;

/** Drops what is too old, or too much, after one was added. */
export function trimRecent(recent: {readonly clockMs: number}[]): void {
	const now = recent.at(-1)?.clockMs ?? 0;
	const before = recent.at(-2)?.clockMs ?? Number.NEGATIVE_INFINITY;
	if (recent.length > MAX_DENSE && now - before < DENSE_MS) recent.splice(-2, 1);
	let drop = Math.max(0, recent.length - MAX_RECENT);
	while (drop < recent.length - 1 && (recent[drop]?.clockMs ?? 0) <= now - RECENT_MS) drop++;
	if (drop > 0) recent.splice(0, drop);
}

/** Width of one bucket of the older past. */
export const BUCKET_MS = 5_000;
const BUCKETS = LOOKBACK_MS / BUCKET_MS + 1;

/** Connections that ended, by how they did; `reset`: by the other end, before an answer or after one. */
export type EndedCounts = {
	readonly total: number;
	readonly answered: number;
	readonly unanswered: number;
	readonly refused: number;
	readonly timedOut: number;
	readonly reset: number;
};

export type BackendSample = {
	readonly time: number;
	readonly clockMs: number;
	/** null: the reading had no row of this backend and none vanished. */
	readonly facts: BackendFacts | null;
	readonly snapshot: Snapshot;
};

/** A track as data, without the facts: what is drawn of it on another thread. */
export type PackedTrack = {
	readonly address: string;
	readonly firstSeenMs: number;
	readonly lastRowMs: number;
	readonly newest: number;
	readonly filled: number;
	/** Of the buckets, what is drawn; NaN in `tracked`: nothing was read. */
	readonly buckets: Columns;
	readonly tracked: PackedColumn;
	/** clockMs of the recent readings, and what was in them of what is drawn. */
	readonly clockMs: Float64Array<ArrayBuffer>;
	readonly recent: Columns;
};
type Columns = ReadonlyMap<Metric, PackedColumn>;

/** Recent facts and the coarse past of one backend. Written by History only. */
export class BackendTrack {
	readonly address: string;
	/** clockMs of the first reading in which it had a row, and of the last one; see `seenMs` for what a view shows. */
	readonly firstSeenMs: number;
	lastRowMs: number;
	/** … in which it had an ESTABLISHED connection that answered (used), or null. */
	lastUsedMs: number | null = null;
	/** clockMs at which the newest byte of an answer came, as far as is known; null: none is known of. */
	lastAnswerMs: number | null = null;
	/** … in which most of its connections were multiplexed, or null. */
	lastMultiplexedMs: number | null = null;
	/** clockMs of the newest reading in which it had ended a connection; null: it ended none. */
	lastEndMs: number | null = null;
	/** … in which it had any ESTABLISHED row; null: never. */
	lastEstablishedMs: number | null = null;
	/** Newest last. Older than RECENT_MS are dropped. */
	readonly recent: BackendSample[] = [];
	/** Instead of all below where it was unpacked. */
	#packed: PackedTrack | null = null;
	/** clockMs of the first reading of each bucket in which it had a row; NaN: none had. */
	readonly #firstRows = new Float64Array(BUCKETS).fill(Number.NaN);
	readonly #buckets = new Map<Metric, Float32Array<ArrayBuffer>>();
	/** Number of the newest bucket (clockMs / BUCKET_MS). */
	#newest = -1;
	#filled = 0;
	#beat = {newest: -1, ms: 0};
	/** Flows of the buckets before the newest. */
	readonly #flowsBefore = new Map<Metric, {readonly bucket: number; readonly sum: number}>();

	constructor(address: string, clockMs: number) {
		this.address = address;
		this.firstSeenMs = clockMs;
		this.lastRowMs = clockMs;
	}

	add(sample: BackendSample): void {
		const {facts, clockMs} = sample;
		if (facts !== null) {
			const {connections} = facts;
			if (allConnections(connections) > 0 || (facts.ended?.total ?? 0) > 0) this.lastRowMs = clockMs;
			if (connections.established > 0) this.lastEstablishedMs = clockMs;
			if (facts.used > 0) this.lastUsedMs = clockMs;
			if (facts.info !== null && isMultiplexed(facts.info)) this.lastMultiplexedMs = clockMs;
			if ((facts.vanished ?? 0) > 0) this.lastEndMs = clockMs;
			if (facts.answeredAgoMs !== null) {
				this.lastAnswerMs = Math.max(this.lastAnswerMs ?? Number.NEGATIVE_INFINITY, clockMs - facts.answeredAgoMs);
			}
		}
		this.recent.push(sample);
		trimRecent(this.recent);
		this.#bucket(sample);
	}

	/** 4-tuples that came and went within LOOKBACK_MS. */
	flows(clockMs: number): {opened: number; closed: number} {
		return {opened: this.#flow('opened', clockMs), closed: this.#flow('closed', clockMs)};
	}

	/** Connections that ended within LOOKBACK_MS, and how. */
	ended(clockMs: number): EndedCounts {
		return {
			total: this.#flow('ended', clockMs),
			answered: this.#flow('endedAnswered', clockMs),
			unanswered: this.#flow('endedUnanswered', clockMs),
			refused: this.#flow('endedRefused', clockMs),
			timedOut: this.#flow('endedTimedOut', clockMs),
			reset: this.#flow('endedReset', clockMs),
		};
	}

	/** Asked at every look: of all buckets only the newest one still changes. */
	#flow(metric: Metric, clockMs: number): number {
		const bucket = Math.floor(clockMs / BUCKET_MS);
		let before = this.#flowsBefore.get(metric);
		if (before === undefined || before.bucket !== bucket || bucket !== this.#newest) {
			let sum = 0;
			for (let past = bucket - BUCKETS + 2; past < bucket; past++) sum += this.#inBucket(metric, past) ?? 0;
			before = {bucket, sum};
			this.#flowsBefore.set(metric, before);
		}
		return before.sum + (this.#inBucket(metric, bucket) ?? 0);
	}

	/**
	For how long it has been watched: since its first row within LOOKBACK_MS, whichever way one came here. What is older than
	that, less the two buckets at its edge, counts as all of it.
	*/
	seenMs(clockMs: number): number {
		let first = clockMs;
		const firstRows = this.#firstRows;
		// an iterator would allocate at each step, of each backend, at every look
		for (let i = 0; i < BUCKETS; i++) {
			const at = firstRows[i] ?? Number.NaN;
			if (at > clockMs - LOOKBACK_MS && at < first) first = at;
		}
		const ms = clockMs - first;
		return ms >= LOOKBACK_MS - 2 * BUCKET_MS ? LOOKBACK_MS : ms;
	}

	/** The same history, which later samples do not change: for a frozen view. */
	copy(): BackendTrack {
		const copy = new BackendTrack(this.address, this.firstSeenMs);
		copy.lastRowMs = this.lastRowMs;
		copy.lastUsedMs = this.lastUsedMs;
		copy.lastMultiplexedMs = this.lastMultiplexedMs;
		copy.lastAnswerMs = this.lastAnswerMs;
		copy.lastEndMs = this.lastEndMs;
		copy.lastEstablishedMs = this.lastEstablishedMs;
		for (const sample of this.recent) copy.recent.push(sample);
		copy.#packed = this.#packed;
		for (const [metric, column] of this.#buckets) copy.#buckets.set(metric, column.slice());
		copy.#newest = this.#newest;
		copy.#filled = this.#filled;
		return copy;
	}

	/** What is drawn, of memory of its own. `like`: a track of the same readings, whose times are shared. */
	pack(like: PackedTrack | null = null): PackedTrack {
		if (this.#packed !== null) return this.#packed;
		const {address, firstSeenMs, lastRowMs} = this;
		const [newest, filled] = [this.#newest, this.#filled];
		const kept = Array.from({length: filled}, (_, i) => (newest - i) % BUCKETS);
		const buckets = new Map<Metric, PackedColumn>();
		for (const metric of DRAWN_METRICS) {
			const column = this.#buckets.get(metric);
			if (column !== undefined) buckets.set(metric, packColumn(column, kept));
		}
		const total = this.#buckets.get('total');
		const isWhole = total !== undefined && kept.every((slot) => !Number.isNaN(total[slot]));
		const tracked = isWhole ? 0 : (total?.slice() ?? Number.NaN);
		const clockMs = timesOf(this.recent, like?.clockMs);
		return {
			address,
			firstSeenMs,
			lastRowMs,
			newest,
			filled,
			buckets,
			tracked,
			clockMs,
			recent: packRecent(this.recent),
		};
	}

	/** To be drawn: no rule can read it, and nothing can be added. */
	static unpack(packed: PackedTrack): BackendTrack {
		const track = new BackendTrack(packed.address, packed.firstSeenMs);
		track.lastRowMs = packed.lastRowMs;
		track.#newest = packed.newest;
		track.#filled = packed.filled;
		track.#packed = packed;
		return track;
	}

	/** A metric in the readings after `sinceMs`, oldest first, those left out in which it is unknown: for what is drawn a lot. */
	visitRecent(metric: Metric, sinceMs: number, visit: (clockMs: number, value: number) => void): void {
		if (this.#packed === null) {
			const {recent} = this;
			let i = recent.length;
			while (i > 0 && (recent[i - 1]?.clockMs ?? 0) > sinceMs) i--;
			for (; i < recent.length; i++) {
				const {clockMs, snapshot, facts} = recent[i] as BackendSample;
				const value = snapshot.problem === null ? metricOf(metric, facts) : null;
				if (value !== null) visit(clockMs, value);
			}
			return;
		}
		const {clockMs, recent} = this.#packed;
		const column = recent.get(metric);
		for (let i = 0; i < clockMs.length; i++) {
			const at = clockMs[i] ?? 0;
			const value = columnAt(column, i);
			if (at > sinceMs && !Number.isNaN(value)) visit(at, value);
		}
	}

	/** A metric in the recent readings, oldest first; null: unknown. */
	*recentValues(metric: Metric): Generator<readonly [clockMs: number, value: number | null]> {
		if (this.#packed === null) {
			for (const {clockMs, snapshot, facts} of this.recent) {
				if (snapshot.problem === null) yield [clockMs, metricOf(metric, facts)];
			}
			return;
		}
		const {clockMs, recent} = this.#packed;
		const column = recent.get(metric);
		for (const [i, at] of clockMs.entries()) {
			const value = columnAt(column, i);
			yield [at, Number.isNaN(value) ? null : value];
		}
	}

	/** Between two readings: the middle of those that are kept; 0 before the second one. */
	beatMs(): number {
		// asked for by every graph of every look: it changes with a reading
		const newest = this.#packed?.clockMs.at(-1) ?? this.recent.at(-1)?.clockMs ?? 0;
		if (this.#beat.newest !== newest) {
			const times = this.#packed?.clockMs ?? Float64Array.from(this.recent, ({clockMs}) => clockMs);
			const beats = times.slice(1).map((clockMs, i) => clockMs - (times[i] ?? clockMs));
			this.#beat = {newest, ms: beats.sort()[beats.length >> 1] ?? 0};
		}
		return this.#beat.ms;
	}

	#bucket({clockMs, facts, snapshot}: BackendSample): void {
		const bucket = Math.floor(clockMs / BUCKET_MS);
		if (this.#newest < 0) this.#newest = bucket - 1;
		const skipped = Math.min(bucket - this.#newest, BUCKETS);
		for (let step = skipped; step > 0; step--) {
			for (const column of this.#buckets.values()) column[(bucket - step + 1) % BUCKETS] = Number.NaN;
			this.#firstRows[(bucket - step + 1) % BUCKETS] = Number.NaN;
		}
		this.#filled = Math.min(BUCKETS, this.#filled + skipped);
		this.#newest = bucket;
		if (snapshot.problem !== null) return;
		const slot = bucket % BUCKETS;
		if (clockMs === this.lastRowMs && Number.isNaN(this.#firstRows[slot])) this.#firstRows[slot] = clockMs;
		for (const metric of METRICS) {
			const value = metricOf(metric, facts);
			if (value === null) continue;
			let column = this.#buckets.get(metric);
			if (column === undefined) {
				if (value === 0) continue;
				column = new Float32Array(BUCKETS).fill(Number.NaN);
				if (metric !== 'responseMs') this.#backfill(column); // no answer took no time
				this.#buckets.set(metric, column);
			}
			const before = column[slot] ?? Number.NaN;
			if (Number.isNaN(before)) column[slot] = value;
			else if (FLOWS.has(metric)) column[slot] = before + value;
			else if (metric === 'responseMs') column[slot] = (before + value) / 2;
			else column[slot] = Math.max(before, value);
		}
	}

	/** A metric that was 0 until now has no column yet: its past is 0 where the backend was tracked. */
	#backfill(column: Float32Array): void {
		const total = this.#buckets.get('total');
		if (total === undefined) return;
		for (let i = 0; i < BUCKETS; i++) {
			if (!Number.isNaN(total[i] ?? Number.NaN)) column[i] = 0;
		}
	}

	/** The coarse past, oldest first: value per bucket (null: a hole), ending with the bucket of `clockMs`. */
	past(metric: Metric, clockMs: number, buckets: number): (number | null)[] {
		const end = Math.floor(clockMs / BUCKET_MS);
		const values = new Array<number | null>(buckets);
		for (let i = 0; i < buckets; i++) values[i] = this.#inBucket(metric, end - buckets + 1 + i);
		return values;
	}

	/** null: a hole. */
	#inBucket(metric: Metric, bucket: number): number | null {
		if (bucket > this.#newest || bucket <= this.#newest - this.#filled) return null;
		const packed = this.#packed;
		const column = (packed?.buckets ?? this.#buckets).get(metric) ?? null;
		const tracked = packed?.tracked ?? this.#buckets.get('total');
		const value = columnAt(column ?? tracked, ((bucket % BUCKETS) + BUCKETS) % BUCKETS);
		if (Number.isNaN(value)) return null;
		if (column === null) return metric === 'responseMs' ? null : 0;
		return value;
	}
}

function packRecent(recent: readonly BackendSample[]): Columns {
	const columns = new Map<Metric, PackedColumn>();
	const values = new Float64Array(recent.length);
	for (const metric of DRAWN_METRICS) {
		for (const [i, {facts, snapshot}] of recent.entries()) {
			values[i] = (snapshot.problem === null ? metricOf(metric, facts) : null) ?? Number.NaN;
		}
		columns.set(metric, packColumn(values));
	}
	return columns;
}

/** `like` itself where it is the same: once in what crosses between threads. */
function timesOf(recent: readonly BackendSample[], like: Float64Array<ArrayBuffer> | undefined) {
	const isSame = like?.length === recent.length && recent.every(({clockMs}, i) => clockMs === like[i]);
	return isSame ? like : Float64Array.from(recent, ({clockMs}) => clockMs);
}

export type InstanceTrack = {
	/** clockMs of its first snapshot. */
	readonly firstSeenMs: number;
	/** Newest last; older than RECENT_MS are dropped. */
	readonly recent: readonly Snapshot[];
};
