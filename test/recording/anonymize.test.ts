import assert from 'node:assert/strict';
import {globSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {zstdDecompressSync} from 'node:zlib';
import fc from 'fast-check';
import {convertRecording} from '../../src/capture/convert.ts';
import {CaptureWriter} from '../../src/capture/writer.ts';
import {formatAddress, parseAddress} from '../../src/parse/address.ts';
import {anonymized} from '../../src/recording/anonymize.ts';
import {openRecording} from '../../src/recording/open.ts';
import {StandIns} from '../../src/recording/stand-ins.ts';
import type {Recording} from '../../src/source.ts';
import {dial, readingOf, serverOf, T} from '../capture/readings.ts';
import {replay} from '../detect/replays.ts';

const scratch = mkdtempSync(join(tmpdir(), 'anonymize-'));
after(() => rmSync(scratch, {recursive: true}));

function standIn(names: StandIns, address: string): string {
	const words = parseAddress(address);
	assert.ok(words !== null);
	const out = new Uint32Array(4);
	names.address(words, out);
	return formatAddress(out);
}

const prefix = (address: string, parts: number) => address.split(/[.:]/).slice(0, parts).join();

test('addresses of one network stay in one network, and those of two in two', () => {
	const names = new StandIns();
	const [a, b, c, d, e] = ['10.77.0.11', '10.77.0.12', '10.77.3.1', '10.78.0.11', '192.168.0.11'].map((each) =>
		standIn(names, each),
	) as [string, string, string, string, string];
	assert.equal(prefix(a, 3), prefix(b, 3));
	assert.notEqual(a, b);
	assert.equal(prefix(a, 2), prefix(c, 2));
	assert.notEqual(prefix(a, 3), prefix(c, 3));
	assert.equal(new Set([a, d, e].map((each) => prefix(each, 2))).size, 3);
	const six = ['2001:470:1f:2::7', '2001:470:1f:2::8', '2001:470:1f:3::7', '2001:470:20:2::7'].map((each) =>
		standIn(names, each),
	) as [string, string, string, string];
	assert.equal(prefix(six[0], 4), prefix(six[1], 4));
	assert.equal(prefix(six[0], 3), prefix(six[2], 3));
	assert.notEqual(prefix(six[0], 4), prefix(six[2], 4));
	assert.notEqual(prefix(six[0], 3), prefix(six[3], 3));
});

test('unspecified and loopback addresses stay as they are', () => {
	const names = new StandIns();
	for (const address of ['0.0.0.0', '127.0.0.1', '127.0.0.11', '::', '::1']) {
		assert.equal(standIn(names, address), address);
	}
});

test('no two addresses or inodes share a stand-in, and each keeps its own', () => {
	const address = fc.oneof(
		fc.ipV4(),
		fc.ipV6().filter((text) => parseAddress(text) !== null),
	);
	fc.assert(
		fc.property(fc.uniqueArray(address, {minLength: 1, maxLength: 50, selector: canonical}), (addresses) => {
			const names = new StandIns();
			const found = addresses.map((each) => standIn(names, each));
			assert.equal(new Set(found).size, found.length);
			assert.deepEqual(
				addresses.map((each) => standIn(names, each)),
				found,
			);
		}),
	);
	fc.assert(
		fc.property(fc.uniqueArray(fc.integer({min: 1, max: 2 ** 31 - 1}), {minLength: 1, maxLength: 100}), (inodes) => {
			const names = new StandIns();
			const found = inodes.map((each) => names.inode(each));
			assert.equal(new Set(found).size, found.length);
			for (const each of found) assert.ok(each >= 2 ** 31 && each < 2 ** 32, String(each));
		}),
	);
	const names = new StandIns();
	assert.deepEqual([names.inode(0), names.inode(-1)], [0, -1]);
});

function canonical(text: string): string {
	const words = parseAddress(text);
	return words === null ? text : formatAddress(words);
}

test('names that number their kind keep the number, and nothing else', () => {
	const names = new StandIns();
	assert.deepEqual(
		['api-1', 'api-2', 'web', 'api-7d9f8b-x2x1p'].map((each) => names.name(each)),
		['service-a-1', 'service-a-2', 'service-b', 'service-c'],
	);
});

/** Every form in which a number, an address or a name may be in a file. */
function formsOf(address: string): string[] {
	const bytes = address.split('.').map(Number);
	const hex = (each: readonly number[]) => each.map((byte) => byte.toString(16).padStart(2, '0')).join('');
	const forms = [hex(bytes), hex(bytes.toReversed())];
	return [address, ...forms, ...forms.map((form) => form.toUpperCase()), encodeURIComponent(address)];
}

const recordings = globSync('fixtures/recordings/*.capture').toSorted();
assert.ok(recordings.length > 3);
for (const path of recordings) {
	test(`${path}: the findings stay the same, and nothing of the original is left`, async () => {
		const target = join(scratch, path.replaceAll('/', '-'));
		const recording = await openRecording(path, {source: 'auto'});
		const originals = new Set<string>();
		const standIns = new StandIns();
		for await (const {readings} of recording.ticks()) {
			for (const reading of readings) {
				const {pid, host, netns, via} = reading.instance;
				for (const each of [pid, host, netns, via])
					if (each !== null && String(each).length > 3) originals.add(String(each));
				for (const [place, name] of reading.names) originals.add(place).add(name);
				reading.visit(({local, remote, inode}) => {
					for (const words of [local, remote]) {
						const address = formatAddress(words);
						if (/^\d/.test(address) && !/^(?:0|127)\./.test(address))
							for (const form of formsOf(address)) originals.add(form);
					}
					if (inode > 9999) originals.add(String(inode));
				});
			}
		}
		assert.ok(originals.size > 10);
		const writer = new CaptureWriter(target);
		await convertRecording(anonymized(recording, standIns), writer);
		await writer.close();
		recording.close();
		const text = textOf(target);
		// counters and ages are numbers, too: an inode is looked for where inodes are, alone in its column
		const words = new Set(text.split(/[\s=:/,%|]+/));
		const byteCounts = numbersOf(text);
		for (const original of originals) {
			const isFound = /^\d+$/.test(original)
				? words.has(original) && !byteCounts.has(original)
				: text.includes(original);
			assert.ok(!isFound, `${original} is left`);
		}
		const [before, after] = [await replay(path, 'auto'), await replay(target, 'auto')];
		assert.deepEqual(after.events.map(told), before.events.map(told));
	});
}

/** What a finding says beside the names in it. */
function told({time, what, finding}: Awaited<ReturnType<typeof replay>>['events'][number]) {
	const {rule, severity, from, to, evidence} = finding;
	return {time, what, rule, severity, from, to, evidence, hasBackend: finding.backend !== null};
}

function textOf(path: string): string {
	return zstdDecompressSync(readFileSync(path)).toString('latin1');
}

/** Numbers after the bar of a row (tcp_info) and in the heads' times and counters. */
function numbersOf(text: string): Set<string> {
	const numbers = new Set<string>();
	for (const line of text.split('\n')) {
		const rest = line.startsWith(':') || line.startsWith('traefik-top/') ? line : (line.split('|')[1] ?? '');
		if (!/ (?:pid|netns|id)=/.test(rest)) for (const number of rest.match(/\d+/g) ?? []) numbers.add(number);
	}
	return numbers;
}

test('a problem that may say anything is left out, one of ours keeps its words', async () => {
	const said = async (problem: string) => {
		const tick = {time: T, readings: [readingOf([dial(1)], {problem})], problem: null};
		const recording = {
			...nothing,
			ticks: async function* () {
				yield tick;
			},
		};
		for await (const {readings} of anonymized(recording, new StandIns()).ticks()) return readings[0]?.problem;
		return undefined;
	};
	assert.equal(
		await said('cannot read /proc/361/net/tcp: permission denied'),
		'cannot read /proc/5000001/net/tcp: permission denied',
	);
	assert.equal(await said('ssh secret-host: Name or service not known'), 'could not be read (reason withheld)');
	assert.equal(await said('gone'), 'gone');
});

const nothing = {
	path: 'x',
	host: 'lb1',
	note: null,
	from: T,
	to: T,
	first: T,
	last: T,
	isAscending: true,
	damage: () => null,
	close: () => {},
} as const;

test('the server of a backend stays as it was but for address, pid and name', async () => {
	const standIns = new StandIns();
	const servers = () =>
		new Map([
			['10.77.0.12:8080', serverOf({pid: 81_234, name: 'acme-billing', acceptQueue: 64, forwardsTo: '172.17.0.2:80'})],
		]);
	const recording = {
		...{
			path: 'x',
			host: null,
			note: null,
			from: T,
			to: T,
			first: T,
			last: T,
		},
		...{isAscending: true, damage: () => [], close() {}},
		async *ticks() {
			yield {time: T, readings: [readingOf([dial(40_000)], {servers})], problem: null};
		},
	};
	for await (const {readings} of anonymized(recording as unknown as Recording, standIns).ticks()) {
		const [[address, server] = []] = readings[0]?.servers?.([]) ?? [];
		assert.equal(address, `${standIn(standIns, '10.77.0.12')}:8080`);
		assert.deepEqual(
			server,
			serverOf({
				pid: standIns.pid(81_234),
				name: standIns.name('acme-billing'),
				acceptQueue: 64,
				forwardsTo: `${standIn(standIns, '172.17.0.2')}:80`,
			}),
		);
		assert.notEqual(server?.pid, 81_234);
		assert.ok(!server?.name?.includes('acme'));
	}
});
