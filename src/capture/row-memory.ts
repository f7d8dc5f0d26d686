/**
Decodes a table of a capture with the one before it at hand. From one look to the next most sockets' lines stay what they
were: such a line is compared, not decoded, and its row is visited again. What is visited is what decodeRow would give.
*/
import {newRow, type Row, type TableCount, type Visit} from '../parse/row.ts';
import {NEWLINE} from './format.ts';
import {decodeRow} from './row.ts';

/** A table that is longer (about 30,000 sockets) is decoded again each time: its rows would take more memory than it takes time. */
const MAX_BYTES = 2 * 1024 * 1024;
/** Lines that are gone, up to this many, are passed over at once. */
const REACH = 8;

/** A table whose lines are known. */
type Lines = {
	view: DataView;
	/** Where each line begins, and the last one ends. */
	starts: Int32Array;
	/** null: no row. */
	rows: (Row | null)[];
	/** As decoded, since a visitor may change them: the state, and when something was last sent, received, acknowledged. */
	states: Uint8Array;
	ages: Float64Array;
	count: number;
};

export class RowMemory {
	#before = noLines();
	#now = noLines();
	/** Rows of lines that are gone. */
	readonly #free: Row[] = [];
	/** Of the reading before. */
	#time = 0;
	/** Of the line in hand. */
	#place = 0;

	/** Visits the rows in [start, end) and adds them to `count`. */
	visit(
		bytes: Buffer,
		[start, end]: readonly [start: number, end: number],
		{table, time}: {readonly table: 4 | 6; readonly time: number},
		visit: Visit,
		count: Pick<TableCount, 'rows' | 'torn'>,
	): void {
		if (end - start > MAX_BYTES) {
			this.#before = noLines();
			visitRows(bytes, [start, end], {table, time}, visit, count);
			return;
		}
		const passed = time - this.#time;
		const before = this.#before;
		const now = this.#now;
		// until this table is through: a visitor may throw
		this.#before = noLines();
		now.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
		now.count = 0;
		this.#place = 0;
		let missed = 0;
		for (let at = start; at < end; ) {
			const known = this.#find(before, now.view, at, end, missed);
			let row: Row | null;
			let next: number;
			if (known === -1) {
				missed++;
				next = lineEnd(bytes, at, end);
				row = this.#decode(bytes, at, next, table, time);
			} else {
				missed = 0;
				this.#release(before, known);
				this.#place = known + 1;
				next = at + (before.starts[known + 1] as number) - (before.starts[known] as number);
				row = before.rows[known] as Row | null;
				if (row !== null && !recall(row, before, known, passed)) decodeRow(bytes, at, next - 1, time, row);
			}
			push(now, at, row);
			at = next;
			if (row === null) count.torn++;
			else {
				count.rows++;
				visit(row);
			}
		}
		this.#release(before, before.count);
		ensure(now);
		now.starts[now.count] = end;
		this.#before = now;
		this.#now = before;
		this.#time = time;
	}

	/**
	Number of the line before that equals the one at `at`; -1: none was found. `missed` lines since the last that was are
	most likely those that stood in their places; if not, lines came or went: looked for farther and farther, but seldom.
	*/
	#find(before: Lines, view: DataView, at: number, end: number, missed: number): number {
		const place = this.#place;
		const likely = place + missed;
		if (isEqual(before, likely, view, at, end)) return likely;
		const isDue = (missed & (missed - 1)) === 0;
		const reach = isDue ? REACH * (missed + 1) : 1;
		const last = Math.min(before.count - 1, likely + reach);
		for (let i = Math.max(place, likely - reach); i <= last; i++) {
			if (isEqual(before, i, view, at, end)) return i;
		}
		return -1;
	}

	#decode(bytes: Buffer, start: number, next: number, table: 4 | 6, time: number): Row | null {
		const row = this.#free.pop() ?? newRow();
		row.table = table;
		const end = bytes[next - 1] === NEWLINE ? next - 1 : next;
		if (decodeRow(bytes, start, end, time, row)) return row;
		this.#free.push(row);
		return null;
	}

	/** The lines from the place up to `until` are gone. */
	#release({rows}: Lines, until: number): void {
		for (let i = this.#place; i < until; i++) {
			const row = rows[i];
			if (row) this.#free.push(row);
		}
	}
}

/** Visits the rows in [start, end) without a memory. */
export function visitRows(
	bytes: Buffer,
	[start, end]: readonly [start: number, end: number],
	{table, time}: {readonly table: 4 | 6; readonly time: number},
	visit: Visit,
	count: Pick<TableCount, 'rows' | 'torn'>,
): void {
	const row = newRow();
	row.table = table;
	for (let at = start; at < end; ) {
		const next = lineEnd(bytes, at, end);
		if (decodeRow(bytes, at, bytes[next - 1] === NEWLINE ? next - 1 : next, time, row)) {
			count.rows++;
			visit(row);
		} else count.torn++;
		at = next;
	}
}

function noLines(): Lines {
	return {
		view: new DataView(new ArrayBuffer(0)),
		starts: new Int32Array(256),
		rows: [],
		states: new Uint8Array(256),
		ages: new Float64Array(3 * 256),
		count: 0,
	};
}

/** After the line's newline, or at the end. */
function lineEnd(bytes: Buffer, start: number, end: number): number {
	let at = start;
	while (at < end && bytes[at] !== NEWLINE) at++;
	return Math.min(end, at + 1);
}

/** Whether the line, its newline included, is at `at`. */
function isEqual(before: Lines, line: number, view: DataView, at: number, end: number): boolean {
	if (line >= before.count) return false;
	const start = before.starts[line] as number;
	const length = (before.starts[line + 1] as number) - start;
	if (at + length > end) return false;
	const known = before.view;
	let i = 0;
	// eight bytes at once; what is not a number, which no text is, equals nothing and is read again
	for (; i + 8 <= length; i += 8) {
		if (known.getFloat64(start + i) !== view.getFloat64(at + i)) return false;
	}
	for (; i < length; i++) if (known.getUint8(start + i) !== view.getUint8(at + i)) return false;
	return view.getUint8(at + length - 1) === NEWLINE;
}

/** Its line tells when something was last sent, the row how long ago. false: that must be read again. */
function recall(row: Row, {states, ages}: Lines, line: number, passedMs: number): boolean {
	row.state = states[line] as number;
	if (!row.hasInfo) return true;
	const sent = ages[3 * line] as number;
	const received = ages[3 * line + 1] as number;
	const acked = ages[3 * line + 2] as number;
	if (sent < 0 || received < 0 || acked < 0 || !Number.isSafeInteger(passedMs) || passedMs < 0) return false;
	row.lastSendMs = sent + passedMs;
	row.lastReceiveMs = received + passedMs;
	row.lastAckMs = acked + passedMs;
	return true;
}

function push(lines: Lines, start: number, row: Row | null): void {
	ensure(lines);
	lines.starts[lines.count] = start;
	lines.rows[lines.count] = row;
	if (row !== null) {
		lines.states[lines.count] = row.state;
		if (row.hasInfo) {
			lines.ages[3 * lines.count] = row.lastSendMs;
			lines.ages[3 * lines.count + 1] = row.lastReceiveMs;
			lines.ages[3 * lines.count + 2] = row.lastAckMs;
		}
	}
	lines.count++;
}

/** Room for one more, and for where it ends. */
function ensure(lines: Lines): void {
	if (lines.count + 1 < lines.starts.length) return;
	const starts = new Int32Array(lines.starts.length * 2);
	starts.set(lines.starts);
	lines.starts = starts;
	const states = new Uint8Array(starts.length);
	states.set(lines.states);
	lines.states = states;
	const ages = new Float64Array(starts.length * 3);
	ages.set(lines.ages);
	lines.ages = ages;
}
