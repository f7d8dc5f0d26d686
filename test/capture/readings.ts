/** Readings for tests, and what they said when they were visited. */
import {ENDING_NUMBERS, type Ending, newEnding} from '../../src/parse/ending.ts';
import type {Row} from '../../src/parse/row.ts';
import {newRow} from '../../src/parse/row.ts';
import type {Reading, Server, Tick} from '../../src/reading.ts';
import {NOTHING_READ} from '../../src/reading.ts';

export const T = 1795368814940;

export function readingOf(rows: readonly Partial<Row>[], said: Partial<Reading> = {}): Reading {
	return {
		...NOTHING_READ,
		instance: {id: 'lb1/361', host: 'lb1', via: null, pid: 361, startedAt: T - 5000, netns: 4026531840},
		time: T,
		monotonicMs: 123456.789,
		intervalMs: 1000,
		descriptors: 'denied',
		ports: {low: 1024, high: 65535, isAssumed: false},
		openFiles: {open: 12, limit: 1024},
		visit(visit) {
			for (const row of rows) visit(Object.assign(newRow(), row));
			return {rows: rows.length, torn: 0};
		},
		...said,
	};
}

export function tickOf(time: number, rows: readonly Partial<Row>[], said: Partial<Reading> = {}): Tick {
	return {time, readings: [readingOf(rows, {time, ...said})], problem: null};
}

/** A dial to 10.77.0.12:8080 from `localPort`. */
export function dial(localPort: number, said: Partial<Row> = {}): Partial<Row> {
	return {
		local: Uint32Array.of(0, 0, 0xffff, 0x0a4d0002),
		localPort,
		remote: Uint32Array.of(0, 0, 0xffff, 0x0a4d000c),
		remotePort: 8080,
		state: 1,
		uid: 0,
		inode: 400_000 + localPort,
		...said,
	};
}

/** All that a reading says, as one value to compare. */
export function said(reading: Reading): unknown {
	const rows: unknown[] = [];
	const count = reading.visit((row) => rows.push({...row, local: [...row.local], remote: [...row.remote]}));
	const ended: unknown[] = [];
	const endings =
		reading.endings?.(({local, localPort, remote, remotePort, ...row}) => {
			const numbers = ENDING_NUMBERS.map((name) => row[name]);
			ended.push([[...local], localPort, [...remote], remotePort, ...numbers]);
		}) ?? null;
	const inodes = reading.inodes();
	const servers = [...(reading.servers?.([]) ?? [])];
	const endingsReason = reading.endingsReason ?? null;
	return {
		...{...reading, servers, endings, endingsReason, ended},
		...{inodes: inodes && [...inodes].sort(), visit: undefined, names: [...reading.names], rows, count},
	};
}

/** The endings of a reading. */
export function endingsOf(rows: readonly Partial<Ending>[], lost = 0): NonNullable<Reading['endings']> {
	return (visit) => {
		for (const row of rows) visit(Object.assign(newEnding(), row));
		return {rows: rows.length, torn: 0, lost};
	};
}

/** What runs at a backend, as it may be said. */
export function serverOf(said: Partial<Server> = {}): Server {
	return {
		...{pid: 812, name: 'gunicorn', state: 'S', isListening: true, acceptQueue: 0, acceptLimit: 64},
		...{unread: 0, closeWait: 0, openFiles: 12, openFilesLimit: 1024},
		...{accepted: 2, startedAt: 1_795_364_000_000, endedAt: null, restarts: 0, oomKill: null, oomKills: 0},
		...{workers: 2, cpuPercent: 3, throttledPercent: 0, cpuLimit: null, memoryBytes: null, memoryLimitBytes: null},
		forwardsTo: null,
		...said,
	};
}
