import {closeSync, readSync} from 'node:fs';
import {endianness} from 'node:os';
import type {Row, TableCount, Visit} from '../parse/row.ts';
import {parseTcpTable} from '../parse/tcp-table.ts';
import {cannotRead, codeOf, GONE, isGone} from '../system/proc-file.ts';
import {openRegular} from '../system/regular-file.ts';

const IS_LITTLE_ENDIAN = endianness() === 'LE';
const NEWLINE = 10;

/** Small enough to stay in the processor's cache: 100,000 sockets are 15 MB. */
const ROOM = 1 << 16;
/** With less room than this a read would get less than the kernel has ready (seq_file: a page of whole rows). */
const LEAST_ROOM = 1 << 13;

type Table = {readonly path: string; readonly kind: 4 | 6; descriptor: number};

/** /proc/PID/net/tcp and tcp6, visited while they are read, through one small buffer. */
export class TextTables {
	#directory = '';
	#tables: Table[] = [];
	/** Bytes of the first table that were read already. */
	#length = 0;
	readonly #buffer = Buffer.allocUnsafeSlow(ROOM);

	/**
	Opens both tables of a process and reads the beginning; returns why it cannot, one clause, or null. Opens again every
	time: a descriptor kept open on a dead process's table reads as empty, without an error.
	*/
	begin(directory: string): string | null {
		this.close();
		this.#directory = directory;
		const problem = this.#open(directory);
		if (problem !== null) this.close();
		return problem;
	}

	#open(directory: string): string | null {
		let path = `${directory}/net/tcp`;
		try {
			const tcp: Table = {path, kind: 4, descriptor: openRegular(path).fd};
			this.#tables.push(tcp);
			this.#length = readSync(tcp.descriptor, this.#buffer, 0, ROOM, null);
			if (this.#length === 0) return `${path} is empty: its network namespace is gone`;
			path = `${directory}/net/tcp6`;
			this.#tables.push({path, kind: 6, descriptor: openRegular(path).fd});
		} catch (error) {
			const code = codeOf(error);
			// without IPv6 there is no tcp6, and tcp was there a moment ago
			if (code !== 'ENOENT' || path.endsWith('/tcp')) return isGone(code) ? GONE : cannotRead(path, code);
		}
		return null;
	}

	/** Visits both tables; begins again unless `begin` has just opened them. */
	visit(row: Row, visit: Visit): TableCount {
		const count = {rows: 0, torn: 0, problem: null as string | null, readMs: 0};
		if (this.#tables.length === 0) count.problem = this.begin(this.#directory);
		for (const table of this.#tables) {
			if (count.problem === null) count.problem = this.#visitTable(table, row, visit, count);
			this.#length = 0;
		}
		this.close();
		return count;
	}

	close(): void {
		for (const {descriptor} of this.#tables) closeSync(descriptor);
		this.#tables = [];
		this.#length = 0;
	}

	/** Reads on after what the buffer holds, and visits row after row. Returns why not, or null. */
	#visitTable(
		{path, kind, descriptor}: Table,
		row: Row,
		visit: Visit,
		count: {rows: number; torn: number; readMs: number},
	): string | null {
		const buffer = this.#buffer;
		for (let length = this.#length; ; ) {
			const start = performance.now();
			let isEnd = false;
			try {
				while (!isEnd && ROOM - length >= LEAST_ROOM) {
					const read = readSync(descriptor, buffer, length, ROOM - length, null);
					isEnd = read === 0;
					length += read;
				}
			} catch (error) {
				const code = codeOf(error);
				return isGone(code) ? GONE : cannotRead(path, code);
			}
			count.readMs += performance.now() - start;
			// What follows the last newline waits for its rest, unless there can be none.
			const whole = isEnd ? length : buffer.lastIndexOf(NEWLINE, length - 1) + 1 || length;
			const {rows, torn} = parseTcpTable(buffer, whole, kind, IS_LITTLE_ENDIAN, row, visit);
			count.rows += rows;
			count.torn += torn;
			if (isEnd) return null;
			buffer.copyWithin(0, whole, length);
			length -= whole;
		}
	}
}
