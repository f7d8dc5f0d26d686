/** Rows as the kernel would print them, for fast-check, and a decoder that is slow and plain on purpose. */
import fc from 'fast-check';
import {newRow, type Row} from '../../src/parse/row.ts';

const port = fc.integer({min: 0, max: 0xffff});
const u32 = fc.integer({min: 0, max: 0xffffffff});
const word = fc.oneof(fc.constant(0), fc.constant(0xffff), u32);

/** What one row is printed from: addresses in network order, as many words as the table has. */
export const printedRow = (table: 4 | 6) =>
	fc.record({
		number: fc.oneof(fc.integer({min: 0, max: 99_999}), fc.constant(9_999), fc.constant(1_234_567)),
		local: fc.array(word, {minLength: table === 4 ? 1 : 4, maxLength: table === 4 ? 1 : 4}),
		localPort: port,
		remote: fc.array(word, {minLength: table === 4 ? 1 : 4, maxLength: table === 4 ? 1 : 4}),
		remotePort: port,
		state: fc.integer({min: 1, max: 11}),
		txQueue: u32,
		rxQueue: u32,
		timer: fc.integer({min: 0, max: 4}),
		when: fc.oneof(u32, fc.constant(0x1ffffffff)),
		retransmits: fc.oneof(fc.integer({min: 0, max: 15}), u32),
		uid: fc.oneof(fc.constant(0), u32),
		probes: fc.oneof(fc.integer({min: 0, max: 9}), fc.constant(123_456_789)),
		inode: fc.oneof(fc.constant(0), u32),
		references: fc.integer({min: 0, max: 99}),
		pointer: fc.constantFrom(
			'0000000000000000',
			'00000000b087f0e2',
			'ffff8880b087f0e2',
			'b087f0e2',
			'(____ptrval____)',
		),
		isWhole: fc.boolean(),
		rto: fc.integer({min: 20, max: 12_000}),
		ato: fc.integer({min: 0, max: 50}),
		quick: fc.integer({min: 0, max: 33}),
		cwnd: fc.integer({min: 1, max: 40_000}),
		ssthresh: fc.oneof(fc.constant(-1), u32),
	});

/** The columns of a row, those that no Row keeps among them. */
export type Fields = {
	number: number;
	local: number[];
	localPort: number;
	remote: number[];
	remotePort: number;
	state: number;
	txQueue: number;
	rxQueue: number;
	timer: number;
	when: number;
	retransmits: number;
	uid: number;
	probes: number;
	inode: number;
	references: number;
	pointer: string;
	isWhole: boolean;
	rto: number;
	ato: number;
	quick: number;
	cwnd: number;
	ssthresh: number;
};

const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');

/** A word in network order, printed with %08X by a host of that byte order. */
function printWord(value: number, isLittleEndian: boolean): string {
	const bytes = hex(value, 8).match(/../g) ?? [];
	return (isLittleEndian ? bytes.reverse() : bytes).join('');
}

/** The line without its newline: the formats of get_tcp4_sock() and get_tcp6_sock(). */
export function printRow(row: Fields, isLittleEndian: boolean): string {
	const address = (words: number[]) => words.map((value) => printWord(value, isLittleEndian)).join('');
	const head = [
		`${String(row.number).padStart(4)}:`,
		`${address(row.local)}:${hex(row.localPort, 4)}`,
		`${address(row.remote)}:${hex(row.remotePort, 4)}`,
		hex(row.state, 2),
		`${hex(row.txQueue, 8)}:${hex(row.rxQueue, 8)}`,
		`${hex(row.timer, 2)}:${hex(row.when, 8)}`,
		hex(row.retransmits, 8),
		String(row.uid).padStart(5),
		String(row.probes).padStart(8),
		`${row.inode} ${row.references} ${row.pointer}`,
	];
	if (row.isWhole) head.push(`${row.rto} ${row.ato} ${row.quick} ${row.cwnd} ${row.ssthresh}`);
	return row.local.length === 1 ? head.join(' ').padEnd(149) : head.join(' ');
}

/** The row that must come out. */
export function rowOf(fields: Fields): Row {
	const words = (given: number[]) => Uint32Array.from(given.length === 1 ? [0, 0, 0xffff, ...given] : given);
	const {number: _, when: __, references: ___, pointer: ____, isWhole, ...kept} = fields;
	const tail = isWhole ? {} : {rto: -1, ato: -1, quick: -1, cwnd: -1, ssthresh: -1};
	return {
		...newRow(),
		...kept,
		...tail,
		...(isWhole && fields.state === 10 ? {ssthresh: -1} : {}),
		table: fields.local.length === 1 ? 4 : 6,
		local: words(fields.local),
		remote: words(fields.remote),
	};
}

/** The plain decoder: a line at a time, by a regular expression. null: no row. */
export function decodeLine(line: string, table: 4 | 6, isLittleEndian: boolean): Row | null {
	const address = table === 4 ? '([0-9A-F]{8})' : '([0-9A-F]{32})';
	const tail = '(\\d+) +(\\d+) +(\\d+)(?: +\\S+(?: +\\S+(?: +(\\d+) +(\\d+) +(\\d+) +(\\d+) +(-?\\d+)(?: .*)?)?)?)? *$';
	const head = `^ *\\d+: ${address}:(.{4}) ${address}:(.{4}) (..) (.{8}):(.{8}) (..):[0-9A-F]{8,} (.{8}) +`;
	const match = new RegExp(head + tail).exec(line);
	if (match === null) return null;
	const words = (text: string) =>
		(text.match(/.{8}/g) ?? []).map((part) => {
			const bytes = part.match(/../g) ?? [];
			return Number.parseInt((isLittleEndian ? bytes.reverse() : bytes).join(''), 16);
		});
	const at = (index: number) => Number.parseInt(match[index] ?? '', 16);
	const decimal = (index: number) => Number(match[index] ?? -1);
	return rowOf({
		number: 0,
		local: words(match[1] ?? ''),
		localPort: at(2),
		remote: words(match[3] ?? ''),
		remotePort: at(4),
		state: at(5),
		txQueue: at(6),
		rxQueue: at(7),
		timer: at(8),
		when: 0,
		retransmits: at(9),
		uid: decimal(10),
		probes: decimal(11),
		inode: decimal(12),
		references: 0,
		pointer: '',
		isWhole: match[13] !== undefined,
		rto: decimal(13),
		ato: decimal(14),
		quick: decimal(15),
		cwnd: decimal(16),
		ssthresh: decimal(17),
	});
}
