/** The decimal columns at the end of a row of /proc/net/tcp: see tcp-table.ts. Each reader stops at a newline. */
import type {Row} from './row.ts';
import {LISTEN} from './tcp-state.ts';

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;

/** Where the last readDecimal() stopped. */
let cursor = 0;

/** What readDecimal() returns where the line ends. */
const END = -2;

/** Reads the decimal after the spaces at the cursor. NaN: something else is there. */
function readDecimal(bytes: Uint8Array): number {
	let at = cursor;
	let byte = bytes[at] as number;
	while (byte === SPACE) byte = bytes[++at] as number;
	if (byte === NEWLINE || byte === RETURN) {
		cursor = at;
		return END;
	}
	const isNegative = byte === 45;
	if (isNegative) byte = bytes[++at] as number;
	const start = at;
	let value = 0;
	while (byte >= 48 && byte <= 57) {
		value = value * 10 + byte - 48;
		byte = bytes[++at] as number;
	}
	cursor = at;
	if (at === start || value > Number.MAX_SAFE_INTEGER || (byte !== SPACE && byte !== NEWLINE && byte !== RETURN))
		return Number.NaN;
	if (!isNegative) return value;
	return value === 0 ? Number.NaN : -value;
}

/** The pointer may be hashed, zeros or `(____ptrval____)`: whatever is there is skipped. */
function skipField(bytes: Uint8Array): void {
	let at = cursor;
	while (bytes[at] === SPACE) at++;
	let byte = bytes[at] as number;
	while (byte !== SPACE && byte !== NEWLINE) byte = bytes[++at] as number;
	cursor = at;
}

/** uid, timeout, inode, reference count, nothing for the pointer, rto, ato, quick and cwnd of the row at hand. */
const COLUMNS = new Int32Array(9);
const POINTER = 4;

/**
Fills COLUMNS from `at` on, where each is a whole number of at most nine digits, as nearly always; returns where they end,
or -1. In one loop, without a call per column: half the time of a table went into these.
*/
function readColumns(bytes: Uint8Array, at: number): number {
	for (let column = 0; column < 9; column++) {
		let byte = bytes[at] as number;
		while (byte === SPACE) byte = bytes[++at] as number;
		if (column === POINTER) {
			while (byte !== SPACE && byte !== NEWLINE) byte = bytes[++at] as number;
			continue;
		}
		const start = at;
		let value = 0;
		for (let digit = byte - 48; digit >>> 0 < 10; digit = byte - 48) {
			value = (Math.imul(value, 10) + digit) | 0;
			byte = bytes[++at] as number;
		}
		if (at === start || at > start + 9 || (byte !== SPACE && byte !== NEWLINE)) return -1;
		COLUMNS[column] = value;
	}
	return at;
}

/**
Reads the columns after retrnsmt, from `at` on, into the row, whose state is there already; returns where they end. -1:
one that every row has is missing or no number.
*/
export function readTail(bytes: Uint8Array, at: number, row: Row): number {
	cursor = readColumns(bytes, at);
	if (cursor < 0) {
		cursor = at;
		return readAnyTail(bytes, row) ? cursor : -1;
	}
	row.uid = COLUMNS[0] as number;
	row.probes = COLUMNS[1] as number;
	row.inode = COLUMNS[2] as number;
	row.rto = COLUMNS[5] as number;
	row.ato = COLUMNS[6] as number;
	row.quick = COLUMNS[7] as number;
	row.cwnd = COLUMNS[8] as number;
	const ssthresh = readDecimal(bytes);
	row.ssthresh = row.state === LISTEN ? -1 : ssthresh;
	return ssthresh >= -1 ? cursor : -1;
}

/** A tail that ends early (TIME_WAIT, SYN_RECV), with a long number, or broken. */
function readAnyTail(bytes: Uint8Array, row: Row): boolean {
	row.uid = readDecimal(bytes);
	row.probes = readDecimal(bytes);
	row.inode = readDecimal(bytes);
	if (!(row.uid >= 0 && row.probes >= 0 && row.inode >= 0)) return false;
	skipField(bytes);
	skipField(bytes);
	const rto = readDecimal(bytes);
	if (rto === END) {
		row.rto = row.ato = row.quick = row.cwnd = row.ssthresh = -1;
		return true;
	}
	row.rto = rto;
	row.ato = readDecimal(bytes);
	row.quick = readDecimal(bytes);
	row.cwnd = readDecimal(bytes);
	const ssthresh = readDecimal(bytes);
	row.ssthresh = row.state === LISTEN ? -1 : ssthresh;
	return rto >= 0 && row.ato >= 0 && row.quick >= 0 && row.cwnd >= 0 && ssthresh >= -1;
}
