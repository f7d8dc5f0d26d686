/**
Addresses as four 32-bit words in network order; IPv4 as `[0, 0, 0xffff, a.b.c.d]` (see row.ts). Text follows RFC 5952,
except that `::ffff:a.b.c.d` prints as the IPv4 address that it is.
*/

const MAPPED = 0xffff;

/** Whether the four words are an IPv4 address. */
function isIPv4(words: Uint32Array, offset = 0): boolean {
	return words[offset] === 0 && words[offset + 1] === 0 && words[offset + 2] === MAPPED;
}

export function formatAddress(words: Uint32Array, offset = 0): string {
	const last = words[offset + 3] ?? 0;
	if (isIPv4(words, offset)) return `${last >>> 24}.${(last >>> 16) & 255}.${(last >>> 8) & 255}.${last & 255}`;
	return formatIPv6(words, offset);
}

/** `10.0.0.7:8080`, `[fd00::7]:8080`. */
export function formatEndpoint(words: Uint32Array, port: number, offset = 0): string {
	const address = formatAddress(words, offset);
	return isIPv4(words, offset) ? `${address}:${port}` : `[${address}]:${port}`;
}

/** The longest run of two or more zero groups, the first of equals, becomes `::` (RFC 5952, 4.2). */
function formatIPv6(words: Uint32Array, offset: number): string {
	const groups: number[] = [];
	for (let i = 0; i < 4; i++) {
		const word = words[offset + i] ?? 0;
		groups.push(word >>> 16, word & 0xffff);
	}
	let runStart = -1;
	let runLength = 1;
	for (let start = 0; start < 8; start++) {
		let end = start;
		while (end < 8 && groups[end] === 0) end++;
		if (end - start > runLength) {
			runStart = start;
			runLength = end - start;
		}
	}
	const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':');
	if (runStart < 0) return hex(groups);
	return `${hex(groups.slice(0, runStart))}::${hex(groups.slice(runStart + runLength))}`;
}

/** An address without brackets, port or zone; null: invalid. */
export function parseAddress(text: string): Uint32Array | null {
	if (!text.includes(':')) {
		const address = parseIPv4(text);
		return address === null ? null : Uint32Array.of(0, 0, MAPPED, address);
	}
	return parseIPv6(text);
}

/** `10.0.0.7:8080` or `[fd00::7]:8080`; null: invalid. */
export function parseEndpoint(text: string): {words: Uint32Array; port: number} | null {
	const match = /^(?:\[([^\]]*:[^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
	if (match === null) return null;
	const words = parseAddress(match[1] ?? match[2] ?? '');
	const port = Number(match[3]);
	return words === null || port > 65535 ? null : {words, port};
}

function parseIPv4(text: string): number | null {
	const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
	if (match === null) return null;
	let value = 0;
	for (const part of match.slice(1)) {
		// A leading zero means octal to some programs and decimal to others.
		if (Number(part) > 255 || (part.length > 1 && part.startsWith('0'))) return null;
		value = value * 256 + Number(part);
	}
	return value;
}

function parseIPv6(text: string): Uint32Array | null {
	const halves = text.split('::');
	if (halves.length > 2) return null;
	const head = parseGroups(halves[0] ?? '', halves.length === 1);
	const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
	if (head === null || tail === null) return null;
	const missing = 8 - head.length - tail.length;
	if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
	const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
	const words = new Uint32Array(4);
	for (let i = 0; i < 4; i++) words[i] = (groups[2 * i] ?? 0) * 65536 + (groups[2 * i + 1] ?? 0);
	return words;
}

/** Groups of one side of `::`; the address may end in dotted IPv4, which counts as two. */
function parseGroups(text: string, isEnd: boolean): number[] | null {
	if (text === '') return [];
	const groups: number[] = [];
	const parts = text.split(':');
	for (const [index, part] of parts.entries()) {
		if (/^[0-9a-f]{1,4}$/i.test(part)) {
			groups.push(Number.parseInt(part, 16));
			continue;
		}
		const embedded = isEnd && index === parts.length - 1 ? parseIPv4(part) : null;
		if (embedded === null) return null;
		groups.push(embedded >>> 16, embedded & 0xffff);
	}
	return groups;
}

/** 127.0.0.0/8, ::1. */
export function isLoopback(words: Uint32Array): boolean {
	if (words[0] !== 0 || words[1] !== 0) return false;
	return words[2] === 0xffff ? (words[3] ?? 0) >>> 24 === 127 : words[2] === 0 && words[3] === 1;
}
