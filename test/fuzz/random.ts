/** Chance that can be had again: the same seed gives the same inputs. */
export class Random {
	#state: number;

	constructor(seed: number) {
		this.#state = seed >>> 0;
	}

	/** mulberry32: a whole number below `limit`. */
	below(limit: number): number {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let t = this.#state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
	}

	of<T>(list: readonly T[]): T {
		return list[this.below(list.length)] as T;
	}

	/** True once in this many. */
	onceIn(count: number): boolean {
		return this.below(count) === 0;
	}
}

/** What parsers trip over. */
const PIECES = [
	'',
	'\n',
	'\r\n',
	'\n\t',
	'\t',
	' ',
	'\0',
	':',
	'/',
	',',
	'(',
	'-',
	'-1',
	'0',
	'1',
	'9'.repeat(20),
	'9'.repeat(400),
	'4294967295',
	'4294967296',
	'9007199254740993',
	'1e999',
	'NaN',
	'Infinity',
	'0x10',
	'FFFFFFFF',
	'00000000',
	'\u001b[2J',
	'\u001b]0;owned\u0007',
	'\u001b[31m',
	'\u009b31m',
	'%1b[2J',
	'%1B%5B2J',
	'%E2%80%AE',
	'\u202e',
	'\ufeff',
	'\ud800',
	'timer:',
	'timer:(on,',
	'end ',
	'end -\n',
	'\nend 1\n',
	'traefik-top/1 time=',
	'traefik-top/2 time=1\n',
	':tcp\n',
	':ss\n',
	':names\n',
	'time=',
	'part=2/3 ',
	'part=0/0 ',
	'id=',
	'Wed Nov 25 22:00:10 UTC 2026\n',
	'  sl  local_address rem_address   st\n',
	'[fe80::1%eth0]:1',
	'::',
	'{',
	'}',
	'"',
	'\\',
	'__proto__',
];

/** A text or bytes with some damage: cut, doubled, moved, replaced. Latin-1 in, latin-1 out. */
export function mutate(random: Random, seed: Uint8Array): Buffer {
	let bytes: Buffer = Buffer.from(seed);
	const turns = 1 + random.below(random.onceIn(4) ? 24 : 4);
	for (let turn = 0; turn < turns && bytes.length < MAX_BYTES; turn++) bytes = damage(random, bytes);
	return bytes;
}

const MAX_BYTES = 1 << 18;

function damage(random: Random, bytes: Buffer): Buffer {
	const at = random.below(bytes.length + 1);
	const to = Math.min(bytes.length, at + random.below(random.onceIn(3) ? 400 : 8));
	switch (random.below(9)) {
		case 0:
			return bytes.subarray(0, at);
		case 1:
			return bytes.subarray(at);
		case 2:
			return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
		case 3:
			return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
		case 4: {
			const copy = Buffer.from(bytes);
			if (copy.length > 0) copy[at % copy.length] = random.below(256);
			return copy;
		}
		case 5: {
			const copy = Buffer.from(bytes);
			if (copy.length > 0) copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ (1 << random.below(8));
			return copy;
		}
		case 6:
			return swapLines(random, bytes);
		case 7:
			return Buffer.concat([bytes.subarray(0, at), pieceOf(random), bytes.subarray(to)]);
		default:
			return replaceNumber(random, bytes, at);
	}
}

export function pieceOf(random: Random): Buffer {
	return Buffer.from(random.of(PIECES), random.onceIn(2) ? 'utf8' : 'latin1');
}

function swapLines(random: Random, bytes: Buffer): Buffer {
	const lines = bytes.toString('latin1').split('\n');
	const [a, b] = [random.below(lines.length), random.below(lines.length)];
	[lines[a], lines[b]] = [lines[b] ?? '', lines[a] ?? ''];
	return Buffer.from(lines.join('\n'), 'latin1');
}

/** The next number after a place becomes another. */
function replaceNumber(random: Random, bytes: Buffer, at: number): Buffer {
	const text = bytes.toString('latin1');
	const match = /[0-9A-F]+/g;
	match.lastIndex = at;
	const found = match.exec(text);
	if (found === null) return bytes;
	const number = random.of([
		'0',
		'1',
		'-1',
		'65536',
		'4294967296',
		'99999999999999999999',
		'FFFFFFFFF',
		`${random.below(1 << 30)}`,
	]);
	return Buffer.from(text.slice(0, found.index) + number + text.slice(found.index + found[0].length), 'latin1');
}
