/** The files of one network namespace, read through one of its processes into buffers that are used again. */
import {endianness} from 'node:os';
import {newRow, type Row, type TableCount, type Visit} from '../parse/row.ts';
import {parseCounters} from '../parse/snmp.ts';
import {LISTEN} from '../parse/tcp-state.ts';
import {parseTcpTable} from '../parse/tcp-table.ts';
import {type Counters, NO_COUNTERS} from '../reading.ts';
import {type NetlinkSource, openNetlink} from './netlink.ts';
import {cannotRead, codeOf, isGone, trySmall} from './proc-file.ts';
import {readFileInto} from './read-table.ts';

const IS_LITTLE_ENDIAN = endianness() === 'LE';

type Scratch = {buffer: Buffer};

export type SocketInodes = {readonly all: ReadonlySet<number>; readonly listening: ReadonlySet<number>};

/** `auto`: netlink where it is allowed and works, else the text tables. */
export type RowChoice = 'auto' | 'netlink' | 'text';

/** What was refused may be allowed later: the module tcp_diag was loaded, a capability was given. */
const NETLINK_RETRY_MS = 60_000;

export class NamespaceTables {
	/** Why they could not be read, one clause. */
	problem: string | null = null;
	counters: Counters = NO_COUNTERS;
	/** How the rows were read last. */
	rowSource: 'netlink' | 'text' = 'text';
	/** Why not by netlink, which was wanted; else null. */
	rowSourceReason: string | null = null;
	readonly #choice: RowChoice;
	readonly #procRoot: string;
	#netlink: NetlinkSource | null = null;
	#retryMs = Number.NEGATIVE_INFINITY;
	readonly #tcp: Scratch = {buffer: Buffer.alloc(0)};
	readonly #tcp6: Scratch = {buffer: Buffer.alloc(0)};
	#tcpLength = 0;
	#tcp6Length = 0;
	readonly #row: Row = newRow();

	constructor(procRoot: string, choice: RowChoice) {
		this.#procRoot = procRoot;
		this.#choice = choice;
	}

	/** Reads through the process `pid`; `isOurs`: the namespace is the one that we stand in. */
	read(pid: number, isOurs: boolean, clockMs: number): void {
		const directory = `${this.#procRoot}/${pid}`;
		this.problem = null;
		this.counters = parseCounters(trySmall(`${directory}/net/snmp`), trySmall(`${directory}/net/netstat`));
		this.rowSource = this.#choice !== 'text' && this.#readNetlink(isOurs ? null : pid, clockMs) ? 'netlink' : 'text';
		if (this.rowSource === 'netlink') return;
		if (this.#choice === 'netlink') this.problem = `no rows by netlink: ${this.rowSourceReason}`;
		else this.#readTables(directory);
	}

	/** Lets go of the socket, which would keep the namespace alive after its last process. */
	close(): void {
		this.#netlink?.close();
		this.#netlink = null;
	}

	#readNetlink(pid: number | null, clockMs: number): boolean {
		if (this.#netlink === null) {
			if (clockMs < this.#retryMs) return false;
			const opened = openNetlink(pid, {procRoot: this.#procRoot});
			this.#retryMs = clockMs + NETLINK_RETRY_MS;
			if ('problem' in opened) {
				this.rowSourceReason = opened.problem;
				return false;
			}
			this.#netlink = opened;
		}
		this.rowSourceReason = this.#netlink.read();
		if (this.rowSourceReason === null) return true;
		this.close();
		this.#retryMs = clockMs + NETLINK_RETRY_MS;
		return false;
	}

	/** Opens anew: a descriptor kept on a dead process's table reads as empty, without an error. */
	#readTables(directory: string): void {
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

	/** May be called again: several instances may share what was read. */
	visit(visit: Visit): TableCount {
		if (this.rowSource === 'netlink') {
			if (this.#netlink === null) throw new Error('these rows were let go of: visit them before the next reading');
			return this.#netlink.visit(this.#row, visit);
		}
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
