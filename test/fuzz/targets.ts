/** What is fuzzed: each target makes one input of chance, gives it to the code, and checks what comes out. */
import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {gunzipSync, gzipSync, zstdCompressSync} from 'node:zlib';
import {memorySource} from '../../src/capture/byte-source.ts';
import {DeltaDecoder, DeltaEncoder} from '../../src/capture/delta.ts';
import {CaptureEncoder, recorded} from '../../src/capture/encoder.ts';
import {isCapture, openCapture} from '../../src/capture/open.ts';
import {parseConfig} from '../../src/config.ts';
import {Assessor} from '../../src/detect/assessor.ts';
import {DEFAULT_THRESHOLDS} from '../../src/detect/thresholds.ts';
import {UserError} from '../../src/errors.ts';
import {Fold} from '../../src/fold/fold.ts';
import {findingObject, snapshotObject, watchLines} from '../../src/output/json.ts';
import {nagiosText} from '../../src/output/nagios.ts';
import {plainTable} from '../../src/output/plain.ts';
import {metricsText} from '../../src/output/prometheus.ts';
import {Totals} from '../../src/output/prometheus-totals.ts';
import {ReportGatherer} from '../../src/output/report.ts';
import {reportMarkdown, reportText} from '../../src/output/report-text.ts';
import {statusLine} from '../../src/output/status.ts';
import {formatEndpoint, parseAddress, parseEndpoint} from '../../src/parse/address.ts';
import {parseDateLine} from '../../src/parse/date-line.ts';
import {parseFds} from '../../src/parse/fds.ts';
import {type DumpState, followDump, messagesOf, readSockets} from '../../src/parse/inet-diag.ts';
import {compilePattern} from '../../src/parse/pattern.ts';
import {newRow} from '../../src/parse/row.ts';
import {parseCounters} from '../../src/parse/snmp.ts';
import {parseSsText} from '../../src/parse/ss-text.ts';
import {parseTcpTable} from '../../src/parse/tcp-table.ts';
import {openRecording} from '../../src/recording/open.ts';
import {inOrderTaken} from '../../src/recording/order.ts';
import type {Recording} from '../../src/source.ts';
import {formatTime, parseDuration, parseTime, parseZone} from '../../src/text/time.ts';
import {KeyFilter} from '../../src/ui/terminal/terminal-input.ts';
import {checkRow, checkText, checkValue} from './checks.ts';
import {mutate, pieceOf, type Random} from './random.ts';

/** Throws when something is wrong. */
export type Target = (random: Random) => void | Promise<void>;

const fixture = (path: string) => readFileSync(fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url)));
const net = (file: string) => fixture(`proc/slow-readers/3744/net/${file}`);

/** The first lines: mutations of a long text mostly miss what matters. */
function head(bytes: Buffer, lines: number): Buffer {
	return Buffer.from(`${bytes.toString('latin1').split('\n').slice(0, lines).join('\n')}\n`, 'latin1');
}

const TABLES = ([4, 6] as const).flatMap((table) => {
	const name = table === 4 ? 'tcp' : 'tcp6';
	return [net(name), fixture(`proc/blackhole/378/net/${name}`)].map((bytes) => ({table, bytes: head(bytes, 12)}));
});
const DIAG = head(net('diag'), 10);
const TWO_LINES = Buffer.from(DIAG.toString('latin1').replaceAll('<->', '<->\n\t'), 'latin1');

function tcpTable(random: Random): void {
	const {table, bytes} = random.of(TABLES);
	const text = mutate(random, bytes);
	const {rows, torn} = parseTcpTable(text, text.length, table, !random.onceIn(4), newRow(), checkRow);
	assert.ok(rows >= 0 && torn >= 0 && rows + torn <= text.length + 1);
}

function ssText(random: Random): void {
	const text = mutate(random, random.of([DIAG, TWO_LINES]));
	const length = random.onceIn(4) ? random.below(text.length + 1) : text.length;
	const {rows, torn} = parseSsText(text, length, newRow(), checkRow);
	assert.ok(rows >= 0 && torn >= 0 && rows + torn <= length + 1);
}

const SEQUENCE = 7;

/** A message as the kernel makes it, of words of chance where it does not matter. */
function socketMessage(random: Random): Buffer {
	const info = random.of([0, 104, 192, 232, 248, 280]);
	const bytes = Buffer.alloc(16 + 72 + (info === 0 ? 0 : 4 + info));
	bytes.writeUInt32LE(bytes.length, 0);
	bytes.writeUInt16LE(20, 4);
	bytes.writeUInt16LE(2, 6);
	bytes.writeUInt32LE(SEQUENCE, 8);
	bytes[16] = random.of([2, 10]);
	bytes[17] = 1 + random.below(12);
	for (let at = 18; at < 88; at++) bytes[at] = random.below(256);
	if (info > 0) {
		bytes.writeUInt16LE(4 + info, 88);
		bytes.writeUInt16LE(2, 90);
		for (let at = 92; at < bytes.length; at++) bytes[at] = random.onceIn(3) ? random.below(256) : 0;
	}
	return bytes;
}

function netlink(random: Random): void {
	const made = Buffer.concat(Array.from({length: 1 + random.below(4)}, () => socketMessage(random)));
	const bytes = random.onceIn(4) ? made : mutate(random, made);
	if (random.onceIn(4) && bytes.length >= 4)
		bytes.writeUInt32LE(random.of([0, 1, 15, 16, 0x7fffffff, 0xfffffffd, 0xffffffff]), 0);
	const messages = messagesOf(new ArrayBuffer((bytes.length + 11) & ~7));
	messages.bytes.set(bytes);
	const state: DumpState = {isDone: false, errorNumber: 0, isInterrupted: false};
	followDump(messages, 0, bytes.length, SEQUENCE, state);
	assert.ok(Number.isInteger(state.errorNumber) && state.errorNumber >= 0);
	const {rows, torn} = readSockets(messages, 0, bytes.length, SEQUENCE, newRow(), (row) => {
		for (const port of [row.localPort, row.remotePort]) assert.ok(port >= 0 && port <= 65535);
		for (const value of Object.values(row)) if (typeof value === 'number') assert.ok(Number.isFinite(value));
	});
	assert.ok(rows + torn <= bytes.length / 16 + 1);
}

/** Text blocks of a recorded watch, and of the sh recorder. */
const CAPTURES = await Promise.all([blocksOf('recordings/killed.capture', 12), rawBlocks()]);

async function blocksOf(path: string, ticks: number): Promise<Buffer> {
	const recording = await openRecording(fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url)), {
		source: 'auto',
	});
	const encoder = new CaptureEncoder();
	const blocks: Buffer[] = [];
	for await (const tick of recording.ticks()) {
		if (blocks.length >= ticks) break;
		blocks.push(Buffer.from(recorded(tick, encoder).finish()));
	}
	recording.close();
	return Buffer.concat(blocks);
}

async function rawBlocks(): Promise<Buffer> {
	const text = gunzipSync(fixture('by-hand/crlf-quoted.capture.gz')).toString('latin1');
	return Buffer.from(text.split('end -').slice(0, 4).join('end -').concat('end -\r\n'), 'latin1');
}

/** Reads all of a recording, judges it, and prints it in every form. */
async function digest(recording: Recording): Promise<void> {
	const fold = new Fold();
	const assessor = new Assessor({names: new Map(), thresholds: DEFAULT_THRESHOLDS, source: 'recording'});
	const gatherer = new ReportGatherer();
	let last: ReturnType<Assessor['see']> | null = null;
	for await (const tick of recording.ticks()) {
		checkValue(tick.time, 'time');
		last = assessor.see(fold.fold(tick));
		gatherer.add(last.model, last.assessment);
		for (const line of watchLines(last.model, last.assessment)) checkText(line, 'watch');
		for (const finding of last.assessment.closed) checkValue(findingObject(finding), 'finding');
	}
	checkText(recording.damage() ?? '', 'damage');
	checkText(`${recording.host} ${recording.note}`, 'host and note');
	const report = gatherer.report();
	checkText(reportText(report, 'UTC'), 'report');
	checkText(reportMarkdown(report, 'UTC'), 'markdown');
	if (last === null) return;
	const {model, assessment} = last;
	checkValue(snapshotObject(model, assessment), 'snapshot');
	checkText(plainTable(model, assessment, 'UTC'), 'table');
	checkText(nagiosText(model, assessment), 'check');
	for (const format of ['plain', 'json', '{worst}']) {
		const options = {format, width: 40, isAscii: false, isQuietWhenOk: false, lookMs: null};
		checkText(statusLine(model, assessment, options), `status ${format}`);
	}
	const totals = new Totals();
	const exporter = {
		version: '1',
		intervalSeconds: 1,
		wantedIntervalSeconds: 1,
		cpuSeconds: 0,
		rssBytes: 0,
		startedAtSeconds: 0,
		scrapes: 0,
		ageSeconds: 0,
	};
	checkText(metricsText({model, assessment, totals, exporter, maxBackends: 100}, 'text'), 'metrics');
}

/** What may be wrong with an input that somebody gave. */
async function mayRefuse(run: () => unknown): Promise<void> {
	try {
		await run();
	} catch (error) {
		if (!(error instanceof UserError)) throw error;
	}
}

/** Snapshots that look alike, as differences: whole they come back to the byte, damaged they are refused or read as something. */
function differences(random: Random): void {
	const texts = [random.of(CAPTURES).subarray(0, 1 + random.below(20_000))];
	for (let i = random.below(4); i > 0; i--) texts.push(mutate(random, texts.at(-1) as Buffer));
	const encoder = new DeltaEncoder();
	const pieces = Buffer.concat(texts.map((text) => Buffer.from(encoder.encode(text))));
	const whole = readDifferences(random, pieces);
	assert.ok(!whole.isDamaged);
	assert.ok(whole.text.equals(Buffer.concat(texts)));
	const damaged = readDifferences(random, mutate(random, pieces));
	// a line of the text before is said in a few bytes, but never twice in a piece
	assert.ok(damaged.text.length <= (texts.length + 1) * 64 * pieces.length + 4096);
}

function readDifferences(random: Random, bytes: Buffer): {text: Buffer; isDamaged: boolean} {
	const decoder = new DeltaDecoder();
	const out: Buffer[] = [];
	for (let at = 0; at < bytes.length; ) {
		const end = at + 1 + random.below(bytes.length);
		for (const piece of decoder.push(bytes.subarray(at, end))) out.push(Buffer.from(piece));
		at = end;
	}
	return {text: Buffer.concat(out), isDamaged: decoder.isDamaged || decoder.isTorn};
}

async function captureText(random: Random): Promise<void> {
	const text = mutate(random, random.of(CAPTURES));
	const packed = random.onceIn(6) ? random.of([gzipSync, zstdCompressSync])(text) : text;
	const bytes = packed === text || random.onceIn(2) ? packed : mutate(random, packed);
	if (!(await isCapture(bytes.subarray(0, 1 << 16)))) return;
	await mayRefuse(async () => {
		const options = {isTextOnly: random.onceIn(8)};
		const recording = await openCapture('x', memorySource([bytes]), options);
		await digest(recording.isAscending ? recording : await inOrderTaken(recording));
	});
}

const folder = mkdtempSync(join(tmpdir(), 'traefik-top-fuzz-'));
process.once('exit', () => rmSync(folder, {recursive: true, force: true}));

const CHUNKED = fixture('recordings/killed.capture');
const SAVED = [
	fixture('by-hand/date-lines.txt'),
	fixture('by-hand/utf8-bom.txt'),
	...TABLES.map(({bytes}) => Buffer.concat([Buffer.from('1795368814\n'), bytes, Buffer.from('1795368815\n'), bytes])),
];

/** Of chance which form: chunks that `record` wrote, or text saved by hand. */
async function file(random: Random): Promise<void> {
	const path = join(folder, 'file');
	writeFileSync(path, mutate(random, random.onceIn(20) ? CHUNKED : random.of(SAVED)));
	await mayRefuse(async () => {
		const recording = await openRecording(path, {source: 'auto'});
		try {
			await digest(recording);
		} finally {
			recording.close();
		}
	});
}

const FILES: readonly (readonly [name: string, bytes: Buffer])[] = [
	['tcp', TABLES[0]?.bytes ?? Buffer.alloc(0)],
	['tcp6', TABLES[2]?.bytes ?? Buffer.alloc(0)],
	['diag', DIAG],
	['snmp', net('snmp')],
	['netstat', net('netstat')],
	['fds', Buffer.from('10 476274\n11 476276\n')],
	['pid', Buffer.from('361\n')],
];

async function directory(random: Random): Promise<void> {
	const path = join(folder, 'directory');
	rmSync(path, {recursive: true, force: true});
	for (let i = 0; i < 2; i++) {
		const shot = join(path, `${1795368814940 + i * random.of([0, 1, 1000])}`);
		mkdirSync(shot, {recursive: true});
		for (const [name, bytes] of FILES) {
			if (!random.onceIn(5)) writeFileSync(join(shot, name), random.onceIn(2) ? mutate(random, bytes) : bytes);
		}
	}
	assert.ok(readdirSync(path).length > 0);
	await mayRefuse(async () => digest(await openRecording(path, {source: 'auto'})));
}

function counters(random: Random): void {
	checkValue(parseCounters(mutate(random, net('snmp')), mutate(random, net('netstat'))), 'counters');
	for (const inode of parseFds(mutate(random, Buffer.from('10 476274\n11 476276\r\n')).toString('latin1'))) {
		assert.ok(Number.isSafeInteger(inode) && inode >= 0);
	}
}

const CONFIG = Buffer.from(
	JSON.stringify({
		match: '^traefik$',
		interval: '1s',
		tz: 'Europe/Berlin',
		ascii: false,
		backend: ['10.0.0.0/8', ':8080'],
		ignore: ['[fd00::7]:80'],
		names: {'10.0.0.7:8080': 'api-1'},
		thresholds: {'close-wait.age': '60s', 'time-wait.share': 0.2},
	}),
);

async function config(random: Random): Promise<void> {
	const text = mutate(random, CONFIG).toString('utf8');
	await mayRefuse(() => {
		for (const value of Object.values(parseConfig(text, 'config.json').thresholds ?? {})) {
			assert.ok(Number.isFinite(value) && value >= 0);
		}
	});
}

const TIMES = [
	'14:02',
	'14:02:11',
	'2026-11-22 14:02',
	'2026-11-25T22:00:10+01:00',
	'1795368814',
	'-5m',
	'+90s',
	'50%',
	'1h30m',
	'1d2h3m4s5ms',
];
const CONTEXT = {from: 1795368814000, to: 1795368914000, zone: 'Europe/Berlin'};

async function time(random: Random): Promise<void> {
	const text = mutate(random, Buffer.from(random.of(TIMES))).toString('utf8');
	await mayRefuse(() => {
		const zone = random.of(['UTC', 'Europe/Berlin', 'America/St_Johns']);
		const found = parseTime(text, {...CONTEXT, zone});
		assert.ok(Number.isFinite(found) && Math.abs(found) <= 8.64e15);
		checkText(formatTime(found, zone), 'time');
	});
	await mayRefuse(() => checkText(parseZone(text), 'zone'));
	const duration = parseDuration(text);
	assert.ok(duration === null || (Number.isSafeInteger(duration) && duration >= 0), `${text}: ${duration}`);
}

const DATES = head(fixture('by-hand/date-lines.txt'), 1);

function dateLine(random: Random): void {
	const forms = [
		'Wed, 25 Nov 2026 22:00:10 +0000',
		'Wed 25 Nov 2026 10:00:10 PM CET',
		'2026-11-25T22:00:10,123456789+00:00',
	];
	const line = mutate(random, random.onceIn(2) ? DATES : Buffer.from(random.of(forms))).toString('latin1');
	const found = parseDateLine(line);
	if (found === null) return;
	assert.ok(Number.isFinite(found.time) && found.time >= 0 && found.time <= 8.64e15, `${line}: ${found.time}`);
	checkText(found.doubt ?? '', 'doubt');
}

const PATTERNS = [
	'10.0.0.7',
	'10.0.0.0/8',
	'fd00::/8',
	'10.0.0.7:8080',
	'[fd00::7]:8080',
	':8080',
	'::ffff:10.0.0.1/104',
];

function pattern(random: Random): void {
	const text = mutate(random, Buffer.from(random.of(PATTERNS))).toString('utf8');
	const test = compilePattern(text);
	const words = Uint32Array.from({length: 4}, () => random.below(2 ** 32));
	const port = random.below(65536);
	if (test !== null) assert.equal(typeof test(words, port), 'boolean');
	for (const found of [parseAddress(text), parseEndpoint(text)?.words]) assert.ok(found == null || found.length === 4);
	const back = parseEndpoint(formatEndpoint(words, port));
	assert.deepEqual([back?.words, back?.port], [words, port]);
}

const ANSWERS = [
	'\u001b]11;rgb:0000/0000/0000\u0007',
	'\u001bP1$r0m\u001b\\',
	'\u001b[M q!',
	'\u001b[A',
	'\u001bOP',
	'jk',
	'\u001b',
];

function keys(random: Random): void {
	const filter = new KeyFilter();
	let now = 0;
	let read = 0;
	let typed = 0;
	for (let i = 0; i < 8; i++) {
		const chunk = random.onceIn(4)
			? pieceOf(random).toString('utf8')
			: mutate(random, Buffer.from(random.of(ANSWERS))).toString('utf8');
		read += chunk.length;
		typed += filter.typed(chunk, now).length;
		now += random.of([0, 1, 1000]);
	}
	typed += filter.release().length;
	assert.ok(typed <= read);
}

export const TARGETS: Readonly<Record<string, Target>> = {
	...{
		tcpTable,
		ssText,
		netlink,
		differences,
		captureText,
		file,
		directory,
		counters,
		config,
		time,
		dateLine,
		pattern,
		keys,
	},
};
