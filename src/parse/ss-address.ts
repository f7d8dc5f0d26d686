import {parseAddress} from './address.ts';

const COLON = 58;
const DOT = 46;

/** Reads `a.b.c.d` between two places into a number, -1: it is none. */
function readIPv4(bytes: Uint8Array, start: number, end: number): number {
	let address = 0;
	let part = -1;
	let dots = 0;
	for (let at = start; at < end; at++) {
		const byte = bytes[at] as number;
		if (byte >= 48 && byte <= 57) part = (part < 0 ? 0 : part * 10) + byte - 48;
		else if (byte === DOT && part >= 0) {
			address = address * 256 + part;
			part = -1;
			dots++;
		} else return -1;
		if (part > 255) return -1;
	}
	return dots === 3 && part >= 0 ? address * 256 + part : -1;
}

function isMappedPrefix(bytes: Uint8Array, at: number): boolean {
	return (
		bytes[at] === COLON &&
		bytes[at + 1] === COLON &&
		bytes[at + 2] === 0x66 &&
		bytes[at + 3] === 0x66 &&
		bytes[at + 4] === 0x66 &&
		bytes[at + 5] === 0x66 &&
		bytes[at + 6] === COLON
	);
}

/**
Reads the address between two places, as ss prints it, into `words`: `10.0.0.7`, `[fd00::7]`, `[fe80::1]%eth0`,
`127.0.0.53%lo`, `*` (the unspecified address of a socket that takes both families), without brackets in old versions.
Returns the table that its form belongs to; 0: it is not an address.
*/
export function readAddressText(bytes: Uint8Array, from: number, to: number, words: Uint32Array): 0 | 4 | 6 {
	let start = from;
	let end = start;
	while (end < to && bytes[end] !== 0x25) end++;
	if (bytes[start] === 0x5b) start++;
	if (bytes[end - 1] === 0x5d) end--;
	if (end === start + 1 && bytes[start] === 0x2a) {
		words.fill(0);
		return 6;
	}
	const isMapped = isMappedPrefix(bytes, start);
	const address = readIPv4(bytes, isMapped ? start + 7 : start, end);
	if (address >= 0) {
		words[0] = 0;
		words[1] = 0;
		words[2] = 0xffff;
		words[3] = address;
		return isMapped ? 6 : 4;
	}
	let text = '';
	for (let at = start; at < end && at < start + 46; at++) text += String.fromCharCode(bytes[at] as number);
	const parsed = text.includes(':') ? parseAddress(text) : null;
	if (parsed === null) return 0;
	words.set(parsed);
	return 6;
}
