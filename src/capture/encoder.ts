/** Writes the blocks of the capture format (format.ts). */
import {crc32} from 'node:zlib';
import type {Ending} from '../parse/ending.ts';
import type {Row, TableCount} from '../parse/row.ts';
import type {EndingCount, Reading, Server, Tick} from '../reading.ts';
import {ByteText} from './byte-text.ts';
import {encodeCounters, encodeNames} from './format.ts';
import {encodeEmptyHead, encodeHead, type TickPart} from './head.ts';
import {encodeEnding, encodeRow} from './row.ts';
import {encodeServers} from './servers.ts';
import {SettledAges} from './settled-ages.ts';

/** What an encoder remembers of an instance. */
type Told = {
	readonly ages: SettledAges;
	/** Inodes of the reading before whose owner is settled, and which of all of them are no sockets of the process. */
	known: Set<number>;
	others: ReadonlySet<number>;
	lastTick: number;
};

/** An instance that was not seen for this many ticks is forgotten. */
const FORGET_TICKS = 120;

/**
Writes blocks while readings are visited: `begin`, `row` for each row, `end`. It settles the ages of the rows it is given
(settled-ages.ts): visit a row after it went through `row`.
*/
export class CaptureEncoder {
	readonly #out = new ByteText();
	readonly #told = new Map<string, Told>();
	#reading: Reading | null = null;
	#isAsked = false;
	/** What the reading said of its servers; undefined: it was not asked. */
	#servers: ReadonlyMap<string, Server> | null | undefined;
	/** Of the rows so far, in their order. */
	readonly #inodes: number[] = [];
	#count: TableCount = {rows: 0, torn: 0};
	/** Notices of endings that could not be read. */
	#torn = 0;
	#current: Told | null = null;
	#blockStart = 0;
	#begun: TickPart = {tickTime: 0, part: 1, parts: 1};
	#lines = 0;
	#table = 0;
	#tick = 0;

	/** From time to time the descriptors are looked at again, whether or not there is a new socket. */
	startChunk(): void {
		for (const told of this.#told.values()) told.known = new Set();
	}

	begin(reading: Reading, begun: TickPart): void {
		this.#close();
		this.#begun = begun;
		this.#reading = reading;
		this.#isAsked = false;
		this.#servers = undefined;
		this.#count = {rows: 0, torn: 0};
		this.#torn = 0;
		this.#current = this.#told.get(reading.instance.id) ?? newTold();
		this.#inodes.length = 0;
		this.#current.lastTick = this.#tick;
		this.#current.ages.begin();
		this.#told.set(reading.instance.id, this.#current);
		this.#head(reading);
	}

	#head(reading: Reading): void {
		this.#open(encodeHead(reading, this.#begun));
		const counters = encodeCounters(reading.counters);
		if (counters !== '') this.#line(counters);
		for (const line of encodeNames(reading.names)) this.#line(line);
	}

	row(row: Row): void {
		const time = this.#reading?.time ?? 0;
		if (row.table !== this.#table) this.#line(row.table === 4 ? ':tcp\n' : ':tcp6\n');
		this.#table = row.table;
		this.#current?.ages.settle(row, time);
		encodeRow(row, time, this.#out);
		if (row.inode > 0) this.#inodes.push(row.inode);
		this.#lines++;
	}

	/**
	The rows are through. The block stays open for a look at the descriptors. Rows of a visit that failed in the middle are
	taken back: the block says the problem instead.
	*/
	end(count: TableCount): void {
		this.#count = count;
		if (!count.problem || this.#reading === null) return;
		this.#out.length = this.#blockStart;
		this.#reading = {...this.#reading, problem: count.problem};
		this.#count = {rows: 0, torn: 0};
		this.#head(this.#reading);
	}

	/** The connections that ended come after the rows: `beginEndings`, `ending` for each, `endEndings`. */
	beginEndings(): void {
		this.#line(':ended\n');
	}

	ending(row: Ending): void {
		encodeEnding(row, this.#out);
		this.#lines++;
	}

	endEndings({torn, lost}: EndingCount): void {
		if (lost > 0) this.#line(`:unended ${lost}\n`);
		if (torn > 0) this.#torn += torn;
	}

	/** The fold asked for the descriptors of the reading that was begun last: what it was told is recorded. */
	asked(): void {
		this.#isAsked = true;
	}

	/** The same of what runs at the backends. */
	askedServers(servers: ReadonlyMap<string, Server> | null): void {
		this.#servers = servers;
	}

	/** A tick that holds no instance. */
	emptyTick(tick: Tick): void {
		this.#close();
		this.#open(encodeEmptyHead(tick));
		this.#finish();
	}

	/** Blocks since the last take, whole; valid until the next call. */
	take(): Uint8Array {
		this.#close();
		this.#tick++;
		for (const [id, told] of this.#told) {
			if (this.#tick - told.lastTick > FORGET_TICKS) this.#told.delete(id);
		}
		const bytes = this.#out.written;
		this.#out.clear();
		return bytes;
	}

	#open(head: string): void {
		this.#blockStart = this.#out.length;
		this.#lines = 0;
		this.#table = 0;
		this.#line(head);
	}

	#line(text: string): void {
		this.#out.text(text);
		this.#lines++;
	}

	#close(): void {
		if (this.#reading === null) return;
		this.#descriptors(this.#reading);
		// a recording tells it unasked
		const servers = this.#servers === undefined ? this.#reading.servers?.([]) : this.#servers;
		for (const line of encodeServers(servers ?? new Map())) this.#line(line);
		const torn = this.#count.torn + this.#torn;
		if (torn > 0) this.#line(`:torn ${torn}\n`);
		this.#reading = null;
		this.#finish();
	}

	#finish(): void {
		const sum = crc32(this.#out.written.subarray(this.#blockStart));
		this.#out.text(`end ${this.#lines} ${sum.toString(16).padStart(8, '0')}\n`);
	}

	/** Who owns a socket is looked at when there is a new one, and told of all of them in every block. */
	#descriptors(reading: Reading): void {
		const told = this.#current;
		if (told === null || reading.descriptors !== 'readable') return;
		const rows = this.#inodes;
		if (!this.#isAsked && reading.isAlone === true) return;
		let isOther = (inode: number) => told.others.has(inode);
		if (this.#isAsked || rows.length === 0 || rows.some((inode) => !told.known.has(inode))) {
			const own = reading.inodes();
			if (own === null) return;
			isOther = (inode) => !own.has(inode);
		}
		const others = new Set(rows.filter(isOther));
		// A socket may be in the table a moment before its descriptor is seen: what looks like another's is looked at twice.
		told.known = new Set(rows.filter((inode) => !others.has(inode) || told.others.has(inode)));
		told.others = others;
		this.#line(':others\n');
		for (const inode of told.others) {
			this.#out.number(inode);
			this.#out.byte(10);
			this.#lines++;
		}
	}
}

function newTold(): Told {
	return {ages: new SettledAges(), known: new Set(), others: new Set(), lastTick: 0};
}

/**
The same tick, recorded while it is visited. `finish` visits what nobody visited and returns the blocks, valid until the
encoder is used again.
*/
export function recorded(tick: Tick, encoder: CaptureEncoder): {readonly tick: Tick; finish(): Uint8Array} {
	const parts = tick.readings.length;
	const visited = new Set<number>();
	const asked = new Set<number>();
	const between = tick.between === undefined ? {} : {between: tick.between};
	let begun = -1;
	const readings = tick.readings.map((reading, i): Reading => {
		const {servers: ask} = reading;
		return {
			...reading,
			inodes() {
				asked.add(i);
				if (begun === i) encoder.asked();
				return reading.inodes();
			},
			...(ask == null
				? {}
				: {
						servers: (dialled) => {
							const servers = ask(dialled);
							if (begun === i) encoder.askedServers(servers);
							return servers;
						},
					}),
			visit(visit) {
				visited.add(i);
				begun = i;
				encoder.begin(reading, {...between, tickTime: tick.time, part: i + 1, parts});
				if (asked.has(i)) encoder.asked();
				const count = reading.visit((row) => {
					encoder.row(row);
					visit(row);
				});
				encoder.end(count);
				return count;
			},
			...(reading.endings == null ? {} : {endings: recordedEndings(reading.endings, encoder)}),
		};
	});
	return {
		tick: {...tick, readings},
		finish() {
			for (const [i, reading] of readings.entries()) {
				if (visited.has(i)) continue;
				const {problem} = reading.visit(() => {});
				if (!problem) reading.endings?.(() => {});
			}
			if (parts === 0) encoder.emptyTick(tick);
			return encoder.take();
		},
	};
}

type EndingsOf = NonNullable<Reading['endings']>;

/** Asked for after the rows of the same reading, once. */
function recordedEndings(endings: EndingsOf, encoder: CaptureEncoder): EndingsOf {
	return (visit) => {
		encoder.beginEndings();
		const count = endings((row) => {
			encoder.ending(row);
			visit(row);
		});
		encoder.endEndings(count);
		return count;
	};
}
