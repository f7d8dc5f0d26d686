/** The files of one network namespace, read through one of its processes. */
import {newRow, type Row, type TableCount, type Visit} from '../parse/row.ts';
import {parseCounters} from '../parse/snmp.ts';
import {LISTEN} from '../parse/tcp-state.ts';
import {type Counters, NO_COUNTERS} from '../reading.ts';
import {trySmall} from '../system/proc-file.ts';
import {NamespaceEndings} from './namespace-endings.ts';
import {type NetlinkSource, openNetlink} from './netlink.ts';
import {RowStore} from './row-store.ts';
import {TextTables} from './text-tables.ts';

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
	/** null: not wanted. */
	readonly endings: NamespaceEndings | null;
	readonly #choice: RowChoice;
	readonly #procRoot: string;
	#netlink: NetlinkSource | null = null;
	#retryMs = Number.NEGATIVE_INFINITY;
	#text: TextTables | null = null;
	/** Rows for a second instance in this namespace; null: there is none. */
	#kept: RowStore | null = null;
	readonly #row: Row = newRow();
	/** Local ports of the listeners that are met while the rows are visited; null: nobody asks for them. */
	#listeners: number[] | null = null;

	constructor(procRoot: string, choice: RowChoice) {
		this.#procRoot = procRoot;
		this.#choice = choice;
		this.endings = choice === 'text' ? null : new NamespaceEndings({procRoot});
	}

	/**
	Begins to read through the process `pid`. `isOurs`: the namespace is that of this process. `isShared`: more than one
	instance will visit the rows.
	*/
	read(pid: number, isOurs: boolean, clockMs: number, isShared = false): void {
		this.#kept = isShared ? (this.#kept ?? new RowStore()) : null;
		this.#kept?.clear();
		const directory = `${this.#procRoot}/${pid}`;
		this.problem = null;
		this.endings?.begin(isOurs ? null : pid, clockMs);
		this.#listeners = this.endings?.wantsListeners(clockMs) === true ? [] : null;
		this.counters = parseCounters(trySmall(`${directory}/net/snmp`), trySmall(`${directory}/net/netstat`));
		this.rowSource = this.#choice !== 'text' && this.#readNetlink(isOurs ? null : pid, clockMs) ? 'netlink' : 'text';
		if (this.rowSource === 'netlink') return;
		if (this.#choice === 'netlink') this.problem = `no rows by netlink: ${this.rowSourceReason}`;
		else {
			this.#text ??= new TextTables();
			this.problem = this.#text.begin(directory);
		}
	}

	/** Lets go of the socket and the files, which would keep the namespace alive after its last process. */
	close(): void {
		this.#text?.close();
		this.endings?.close();
		this.#closeNetlink();
	}

	#closeNetlink(): void {
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
		this.rowSourceReason = this.#netlink.begin();
		if (this.rowSourceReason === null) return true;
		this.#closeNetlink();
		this.#retryMs = clockMs + NETLINK_RETRY_MS;
		return false;
	}

	/** Visits the rows while they are read; asked again within the tick, those of a shared namespace are at hand. */
	visit(visit: Visit): TableCount {
		const tables = this.rowSource === 'netlink' ? this.#netlink : this.#text;
		if (tables === null) throw new Error('these rows were let go of: visit them before the next reading');
		const listeners = this.#listeners;
		if (listeners === null) return this.#visit(tables, visit);
		this.#listeners = null;
		const count = this.#visit(tables, (row) => {
			if (row.state === LISTEN) listeners.push(row.localPort);
			visit(row);
		});
		this.endings?.setListeners(listeners);
		return count;
	}

	#visit(tables: NetlinkSource | TextTables, visit: Visit): TableCount {
		if (this.#kept === null) return tables.visit(this.#row, visit);
		if (this.#kept.isWhole) return this.#kept.visit(this.#row, visit);
		return this.#kept.fill((each) => tables.visit(this.#row, each), visit);
	}

	/** The inodes of every TCP socket; null: they could not be read. */
	inodes(): SocketInodes | null {
		const all = new Set<number>();
		const listening = new Set<number>();
		const {problem} = this.visit(({inode, state}) => {
			if (inode === 0) return;
			all.add(inode);
			if (state === LISTEN) listening.add(inode);
		});
		return problem ? null : {all, listening};
	}
}
