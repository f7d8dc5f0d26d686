/** The files of one network namespace, read through one of its processes into buffers that are used again. */
import {endianness} from 'node:os';
import {newRow, type Row, type TableCount, type Visit} from '../parse/row.ts';
import {parseCounters} from '../parse/snmp.ts';
import {LISTEN} from '../parse/tcp-state.ts';
import {parseTcpTable} from '../parse/tcp-table.ts';
import {type Counters, NO_COUNTERS} from '../reading.ts';
import {cannotRead, codeOf, isGone, trySmall} from './proc-file.ts';
import {readFileInto} from './read-table.ts';

const IS_LITTLE_ENDIAN = endianness() === 'LE';

type Scratch = {buffer: Buffer};

export type SocketInodes = {readonly all: ReadonlySet<number>; readonly listening: ReadonlySet<number>};

export class NamespaceTables {
	/** Why they could not be read, one clause. */
	problem: string | null = null;
	counters: Counters = NO_COUNTERS;
	readonly #tcp: Scratch = {buffer: Buffer.alloc(0)};
	readonly #tcp6: Scratch = {buffer: Buffer.alloc(0)};
	#tcpLength = 0;
	#tcp6Length = 0;
	readonly #row: Row = newRow();

	/** Opens anew: a descriptor kept on a dead process's table reads as empty, without an error. */
	readCounters(directory: string): void {
		this.counters = parseCounters(trySmall(`${directory}/net/snmp`), trySmall(`${directory}/net/netstat`));
	}

	readTables(directory: string): void {
		this.problem = null;
		this.#tcpLength = 0;
		this.#tcp6Length = 0;
		let path = `${directory}/net/tcp`;
		try {
			this.#tcpLength = readFileInto(path, this.#tcp);
			if (this.#tcpLength === 0) this.problem = `${path} is empty: its network namespace is gone`;
			path = `${directory}/net/tcp6`;
			this.#tcp6Length = readFileInto(path, this.#tcp6);
		} catch (error) {
			const code = codeOf(error);
			// without IPv6 there is no tcp6, and tcp was there a moment ago
			if (code !== 'ENOENT' || path.endsWith('/tcp')) this.problem = isGone(code) ? GONE : cannotRead(path, code);
		}
	}

	visit(visit: Visit): TableCount {
		const tcp = parseTcpTable(this.#tcp.buffer, this.#tcpLength, 4, IS_LITTLE_ENDIAN, this.#row, visit);
		const tcp6 = parseTcpTable(this.#tcp6.buffer, this.#tcp6Length, 6, IS_LITTLE_ENDIAN, this.#row, visit);
		return {rows: tcp.rows + tcp6.rows, torn: tcp.torn + tcp6.torn};
	}

	/** The inodes of every TCP socket of the tables as they were read last. */
	inodes(): SocketInodes {
		const all = new Set<number>();
		const listening = new Set<number>();
		this.visit(({inode, state}) => {
			if (inode === 0) return;
			all.add(inode);
			if (state === LISTEN) listening.add(inode);
		});
		return {all, listening};
	}
}

/** `problem` when the process ended between being found and being read. */
export const GONE = 'gone';
