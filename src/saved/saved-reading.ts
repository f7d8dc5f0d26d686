/** A Reading made of the kernel's own text, as a directory, a hand-saved file or the sh recorder keeps it. */
import {parseFds} from '../parse/fds.ts';
import type {Row, TableCount, Visit} from '../parse/row.ts';
import {clearInfo, newRow} from '../parse/row.ts';
import {parseCounters} from '../parse/snmp.ts';
import {parseSsText} from '../parse/ss-text.ts';
import {parseTcpTable} from '../parse/tcp-table.ts';
import type {Reading} from '../reading.ts';
import type {InfoJoin} from './join-info.ts';

/** Files of one snapshot, as bytes and text; null: not there. */
export type SavedFiles = {
	readonly tcp: Uint8Array | null;
	readonly tcp6: Uint8Array | null;
	/** Output of `ss -tinaOHe` in that namespace. */
	readonly diag: Uint8Array | null;
	readonly snmp: string | null;
	readonly netstat: string | null;
	/** Lines of `FD INODE`. */
	readonly fds: string | null;
};

export const NO_FILES: SavedFiles = {tcp: null, tcp6: null, diag: null, snmp: null, netstat: null, fds: null};

/** What of a Reading the files do not say. */
export type ReadingHead = Pick<
	Reading,
	| 'instance'
	| 'time'
	| 'monotonicMs'
	| 'isTimeAssumed'
	| 'intervalMs'
	| 'problem'
	| 'isAlone'
	| 'ports'
	| 'names'
	| 'openFiles'
>;

/** Told how many rows of a file are torn. */
export type OnTorn = (torn: number, file: 'tcp' | 'tcp6' | 'diag') => void;

/** What a recording reuses from snapshot to snapshot. */
export type ParseState = {readonly row: Row; readonly join: InfoJoin};

const NO_ROWS: TableCount = {rows: 0, torn: 0};

/**
The Reading reads the files' bytes when it is visited. Without `tcp` the rows come from `diag`, else from `tcp6` alone;
without any of them, or with a table that lacks even its header (the process was gone), it has a problem and no rows.
*/
export function savedReading(
	head: ReadingHead,
	files: SavedFiles,
	isLittleEndian: boolean,
	state: ParseState,
	onTorn: OnTorn = () => {},
): Reading {
	const problem = head.problem ?? problemOf(files);
	let inodes: ReadonlySet<number> | null = null;
	return {
		...head,
		problem,
		rowSource: files.diag === null ? 'text' : 'text+ss',
		descriptors: files.fds === null ? 'absent' : 'readable',
		inodes() {
			if (files.fds !== null) inodes ??= parseFds(files.fds);
			return inodes;
		},
		counters: parseCounters(files.snmp ?? '', files.netstat ?? ''),
		readMs: 0,
		visit(visit) {
			if (problem !== null) return NO_ROWS;
			const count = visitFiles(files, isLittleEndian, state, visit, onTorn);
			// not idle: whatever was there, none of it is a socket
			return count.rows === 0 && count.torn > 0 ? {...count, problem: 'no row of the tcp table can be read'} : count;
		},
	};
}

function problemOf({tcp, tcp6, diag}: SavedFiles): string | null {
	if (tcp === null && diag !== null) return null;
	const table = tcp ?? tcp6;
	if (table === null) return 'this snapshot has no tcp table';
	return isTable(table) ? null : 'the tcp table is empty: the process was gone';
}

/** Every table that the kernel gives, even one without rows, begins with its header. */
function isTable(table: Uint8Array): boolean {
	return table.length > 0;
}

function visitFiles(
	files: SavedFiles,
	isLittleEndian: boolean,
	{row, join}: ParseState,
	visit: Visit,
	onTorn: OnTorn,
): TableCount {
	const {tcp, tcp6, diag} = files;
	const told = (count: TableCount, file: 'tcp' | 'tcp6' | 'diag'): TableCount => {
		if (count.torn > 0) onTorn(count.torn, file);
		return count;
	};
	if (tcp === null && diag !== null) return told(parseSsText(diag, diag.length, row, visit), 'diag');
	let each = visit;
	let torn = 0;
	if (diag === null) {
		clearInfo(row);
	} else {
		join.clear();
		torn += told(parseSsText(diag, diag.length, row, join.add), 'diag').torn;
		each = (socket) => {
			join.enrich(socket);
			visit(socket);
		};
	}
	const v4 = tcp === null ? NO_ROWS : told(parseTcpTable(tcp, tcp.length, 4, isLittleEndian, row, each), 'tcp');
	const v6 = tcp6 === null ? NO_ROWS : told(parseTcpTable(tcp6, tcp6.length, 6, isLittleEndian, row, each), 'tcp6');
	return {rows: v4.rows + v6.rows, torn: torn + v4.torn + v6.torn};
}

/**
Whether rows were written by a little-endian kernel, from what cannot be mistaken: the prefix of a mapped IPv4 address,
then 127.0.0.1. Little-endian unless the tables say otherwise.
*/
export function guessLittleEndian(tables: string): boolean {
	if (tables.includes('0000000000000000FFFF0000')) return true;
	if (tables.includes('00000000000000000000FFFF')) return false;
	return !tables.includes(' 7F000001:') || tables.includes(' 0100007F:');
}

export function newParseState(join: InfoJoin): ParseState {
	return {row: newRow(), join};
}
