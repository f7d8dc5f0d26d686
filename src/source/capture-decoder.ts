/** Reads the blocks of the capture format (capture-format.ts). */
import {newRow, type Visit} from '../parse/row.ts';
import type {Reading} from '../reading.ts';
import {decodeCounters, decodeNames, NEWLINE, type Section} from './capture-format.ts';
import type {Head} from './capture-head.ts';
import {decodeRow} from './capture-row.ts';

/** A block's reading. Its rows are decoded when visited. */
export function decodeBlock(head: Head, bytes: Buffer, sections: readonly Section[]): Reading {
	const text = (name: string) => {
		const section = sections.find((one) => one.name === name);
		return section === undefined ? null : bytes.toString('latin1', section.start, section.end);
	};
	const torn = Number(/^\d{1,15}/.exec(sections.find(({name}) => name === 'torn')?.rest ?? '')?.[0] ?? 0);
	const visitAll = (visit: Visit) => {
		const count = {rows: 0, torn};
		for (const section of sections) {
			if (section.name === 'tcp') visitRows(bytes, section, 4, head.time, visit, count);
			else if (section.name === 'tcp6') visitRows(bytes, section, 6, head.time, visit, count);
		}
		return count;
	};
	let inodes: Set<number> | null = null;
	return {
		...head,
		names: decodeNames(text('names') ?? ''),
		counters: decodeCounters(sections.find(({name}) => name === 'snmp')?.rest ?? ''),
		readMs: 0,
		/** Of the sockets in the rows, the process's own. */
		inodes() {
			const others = text('others');
			if (inodes !== null || others === null) return inodes;
			const not = inodesOf(others);
			const own = new Set<number>();
			visitAll(({inode}) => {
				if (inode > 0 && !not.has(inode)) own.add(inode);
			});
			inodes = own;
			return inodes;
		},
		visit: visitAll,
	};
}

function visitRows(
	bytes: Buffer,
	section: Section,
	table: 4 | 6,
	time: number,
	visit: Visit,
	count: {rows: number; torn: number},
): void {
	const row = newRow();
	row.table = table;
	for (let start = section.start; start < section.end; ) {
		let end = start;
		while (end < section.end && bytes[end] !== NEWLINE) end++;
		if (decodeRow(bytes, start, end, time, row)) {
			count.rows++;
			visit(row);
		} else count.torn++;
		start = end + 1;
	}
}

/** Inodes, one a line. */
function inodesOf(text: string): ReadonlySet<number> {
	const inodes = new Set<number>();
	for (const match of text.matchAll(/^\d{1,15}$/gm)) inodes.add(Number(match[0]));
	return inodes;
}
