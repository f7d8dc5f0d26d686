import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';
import fc from 'fast-check';
import {formatEndpoint} from '../../src/parse/address.ts';
import {newRow, type Row, type TableCount} from '../../src/parse/row.ts';
import {parseTcpTable} from '../../src/parse/tcp-table.ts';
import {decodeLine, printedRow, printRow, rowOf} from './tcp-rows.ts';

const HEADER = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

type Parsed = TableCount & {readonly visited: readonly Row[]};

function parse(text: string, table: 4 | 6 = 4, isLittleEndian = true): Parsed {
	// Stale bytes of a longer table follow the text: a reader must not run on into them.
	const stale = '0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1 1 0 100 0 0 10 0\n';
	const bytes = Buffer.from(text + stale, 'latin1');
	const visited: Row[] = [];
	const count = parseTcpTable(bytes, text.length, table, isLittleEndian, newRow(), (row) => {
		visited.push({...row, local: row.local.slice(), remote: row.remote.slice()});
	});
	return {...count, visited};
}

function fixture(path: string): string {
	return readFileSync(new URL(`../../fixtures/proc/${path}`, import.meta.url), 'latin1');
}

for (const table of [4, 6] as const) {
	for (const isLittleEndian of [true, false]) {
		const order = isLittleEndian ? 'little' : 'big';
		test(`parseTcpTable reads every column of IPv${table} rows printed by a ${order}-endian kernel`, () => {
			fc.assert(
				fc.property(fc.array(printedRow(table), {maxLength: 6}), (rows) => {
					const text = HEADER + rows.map((row) => `${printRow(row, isLittleEndian)}\n`).join('');
					const expected = rows.map(rowOf);
					assert.deepEqual(parse(text, table, isLittleEndian), {rows: rows.length, torn: 0, visited: expected});
				}),
			);
		});
	}

	test(`parseTcpTable agrees with a plain decoder on IPv${table} rows with one byte changed`, () => {
		const byte = fc.constantFrom(...' :0AFfGx-\n\u0000\u00ff');
		fc.assert(
			fc.property(printedRow(table), fc.nat(149), byte, (fields, at, changed) => {
				const whole = printRow(fields, true);
				const line = whole.slice(0, at) + changed + whole.slice(at + 1);
				const expected = line.split('\n').map((part) => decodeLine(part, table, true));
				// The plain one is laxer (it reads `0x` as 0) and stricter in nothing: what it refuses, no row may come of.
				const {visited} = parse(`${line}\n`, table);
				for (const row of visited)
					assert.ok(
						expected.some((other) => other !== null && isEqual(row, other)),
						line,
					);
			}),
			{numRuns: 2000},
		);
	});

	test(`parseTcpTable gives every whole IPv${table} row of a table cut anywhere, and nothing else`, () => {
		fc.assert(
			fc.property(fc.array(printedRow(table), {minLength: 1, maxLength: 4}), fc.nat(1000), (rows, cut) => {
				const text = (HEADER + rows.map((row) => `${printRow(row, true)}\n`).join('')).slice(0, cut);
				const whole = Math.max(0, text.split('\n').length - 2);
				const {visited, torn} = parse(text, table);
				assert.deepEqual(visited, rows.slice(0, whole).map(rowOf));
				assert.equal(torn, /(?:^|\n)[ ]*[^ \n][^\n]*$/.test(text) ? 1 : 0);
			}),
		);
	});
}

function isEqual(a: Row, b: Row): boolean {
	return JSON.stringify(a) === JSON.stringify(b);
}

test('parseTcpTable never throws and never reads past the length, whatever the bytes', () => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 600}), fc.nat(600), (bytes, length) => {
			const {rows} = parseTcpTable(bytes, Math.min(length, bytes.length), 4, true, newRow(), () => {});
			assert.equal(rows, 0);
		}),
	);
});

test('parseTcpTable reads a table of more than 10,000 rows, where the row number widens', () => {
	const [template] = fc.sample(printedRow(4), {numRuns: 1, seed: 7});
	assert.ok(template !== undefined);
	const rows = Array.from({length: 10_007}, (_, number) => ({...template, number, inode: number * 3}));
	const {visited, torn} = parse(HEADER + rows.map((row) => `${printRow(row, true)}\n`).join(''));
	assert.equal(torn, 0);
	assert.deepEqual(
		visited.map((row) => row.inode),
		rows.map((row) => row.inode),
	);
});

test('parseTcpTable gives an IPv4 address the same form in both tables, and leaves [::] alone', () => {
	const tail = '0A 00000000:00000000 00:00000000 00000000     0        0 1 1 00000000848e3ffd 100 0 0 10 0\n';
	const none = '00000000000000000000000000000000:0000';
	const mapped = parse(`   0: 0000000000000000FFFF00000700000A:1F90 ${none} ${tail}`, 6).visited[0];
	const plain = parse(`   0: 0700000A:1F90 00000000:0000 ${tail}`).visited[0];
	assert.ok(mapped !== undefined && plain !== undefined);
	assert.deepEqual(mapped.local, plain.local);
	assert.equal(formatEndpoint(mapped.local, mapped.localPort), '10.0.0.7:8080');
	assert.equal(formatEndpoint(mapped.remote, mapped.remotePort), '[::]:0');
	assert.equal(formatEndpoint(plain.remote, plain.remotePort), '0.0.0.0:0');
	assert.deepEqual([mapped.table, plain.table], [6, 4]);
});

test('parseTcpTable takes the last column of a LISTEN row for no threshold', () => {
	const row = parse(fixture('slow-readers/3744/net/tcp6'), 6).visited.find(({state}) => state === 10);
	assert.deepEqual([row?.rto, row?.ato, row?.cwnd, row?.ssthresh], [100, 0, 10, -1]);
});

test('parseTcpTable forgets the tcp_info that another source left in the row', () => {
	const row = {...newRow(), hasInfo: true, bytesSent: 5, backlog: 128};
	const text = Buffer.from(fixture('blackhole/378/net/tcp'), 'latin1');
	parseTcpTable(text, text.length, 4, true, row, (visited) => {
		assert.deepEqual([visited.hasInfo, visited.bytesSent, visited.backlog], [false, -1, -1]);
	});
});

test('parseTcpTable skips a header, a blank line and returns in the middle, and counts a foreign line', () => {
	const table = fixture('blackhole/378/net/tcp').trimEnd();
	const twice = parse(`${table}\n\n${table}\n`.replaceAll('\n', '\r\n'));
	const once = parse(`${table}\n`);
	assert.deepEqual([twice.rows, twice.torn], [2 * once.rows, 0]);
	assert.deepEqual(twice.visited.slice(once.rows), once.visited);
	assert.equal(parse(`${table}\n1795364403\n`).torn, 1);
});

for (const [path, table] of [
	['slow-readers/3744/net/tcp', 4],
	['slow-readers/3744/net/tcp6', 6],
	['blackhole/378/net/tcp', 4],
	['blackhole/378/net/tcp6', 6],
] as const) {
	test(`parseTcpTable reads the real table ${path} as the plain decoder does`, () => {
		const text = fixture(path);
		const lines = text.trimEnd().split('\n').slice(1);
		const expected = lines.map((line) => decodeLine(line, table, true));
		assert.ok(expected.length > 5 && !expected.includes(null));
		assert.deepEqual(parse(text, table), {rows: lines.length, torn: 0, visited: expected});
	});
}

test('parseTcpTable finds the zero-window probes of a real table', () => {
	const probing = parse(fixture('slow-readers/3744/net/tcp6'), 6).visited.filter(({timer}) => timer === 4);
	assert.equal(probing.length, 20);
	assert.ok(probing.some(({probes}) => probes === 1));
	assert.ok(probing.every(({txQueue}) => txQueue > 50_000));
});
