/** Reads the blocks of the capture format (format.ts). */
import {newEnding, type VisitEnding} from '../parse/ending.ts';
import type {TableCount, Visit} from '../parse/row.ts';
import type {EndingCount, Reading} from '../reading.ts';
import {decodeCounters, decodeNames, NEWLINE, type Section} from './format.ts';
import type {Head} from './head.ts';
import {decodeEnding} from './row.ts';
import {RowMemory, visitRows} from './row-memory.ts';
import {decodeServers} from './servers.ts';

/** What decoding an instance's next block starts from. */
export class BlockMemory {
	readonly tcp = new RowMemory();
	readonly tcp6 = new RowMemory();
}

const WITHOUT_MEMORY = {tcp: {visit: visitRows}, tcp6: {visit: visitRows}};

/** A block's reading. Its rows are decoded when visited. */
export function decodeBlock(head: Head, bytes: Buffer, sections: readonly Section[], memory: BlockMemory): Reading {
	const text = (name: string) => {
		const section = sections.find((one) => one.name === name);
		return section === undefined ? null : bytes.toString('latin1', section.start, section.end);
	};
	const torn = Number(/^\d{1,15}/.exec(sections.find(({name}) => name === 'torn')?.rest ?? '')?.[0] ?? 0);
	const {time} = head;
	const visitAll = (visit: Visit, {tcp, tcp6}: Record<'tcp' | 'tcp6', Pick<RowMemory, 'visit'>>): TableCount => {
		const count = {rows: 0, torn};
		for (const {name, start, end} of sections) {
			if (name === 'tcp') tcp.visit(bytes, [start, end], {table: 4, time}, visit, count);
			else if (name === 'tcp6') tcp6.visit(bytes, [start, end], {table: 6, time}, visit, count);
		}
		return count;
	};
	const servers = text('servers');
	let inodes: Set<number> | null = null;
	return {
		...head,
		names: decodeNames(text('names') ?? ''),
		counters: decodeCounters(sections.find(({name}) => name === 'snmp')?.rest ?? ''),
		readMs: 0,
		...(servers === null ? {} : {servers: () => decodeServers(servers)}),
		/** Of the sockets in the rows, the process's own. */
		inodes() {
			const others = text('others');
			if (inodes !== null || others === null) return inodes;
			const not = inodesOf(others);
			const own = new Set<number>();
			// somebody may ask while the rows are visited
			visitAll(({inode}) => {
				if (inode > 0 && !not.has(inode)) own.add(inode);
			}, WITHOUT_MEMORY);
			inodes = own;
			return inodes;
		},
		visit: (visit) => visitAll(visit, memory),
		endings: endingsOf(bytes, sections),
	};
}

/** null: the block holds none. */
function endingsOf(bytes: Buffer, sections: readonly Section[]): ((visit: VisitEnding) => EndingCount) | null {
	const section = sections.find(({name}) => name === 'ended');
	if (section === undefined) return null;
	const lost = Number(/^\d{1,15}/.exec(sections.find(({name}) => name === 'unended')?.rest ?? '')?.[0] ?? 0);
	return (visit) => {
		const row = newEnding();
		const count = {rows: 0, torn: 0, lost};
		for (let at = section.start; at < section.end; ) {
			const newline = bytes.indexOf(NEWLINE, at);
			const end = newline < 0 || newline > section.end ? section.end : newline;
			if (decodeEnding(bytes, at, end, row)) {
				count.rows++;
				visit(row);
			} else count.torn++;
			at = end + 1;
		}
		return count;
	};
}

/** Inodes, one a line. */
function inodesOf(text: string): ReadonlySet<number> {
	const inodes = new Set<number>();
	for (const match of text.matchAll(/^\d{1,15}$/gm)) inodes.add(Number(match[0]));
	return inodes;
}
