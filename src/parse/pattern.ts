import {parseAddress, parseEndpoint} from './address.ts';

/** Whether an endpoint is meant. */
export type EndpointTest = (words: Uint32Array, port: number) => boolean;

/**
What `--backend` and `--ignore` take: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`, `10.0.0.7:8080`, `[fd00::7]:8080`, `:8080`.
null: it is none of them.
*/
export function compilePattern(text: string): EndpointTest | null {
	const port = /^:(\d{1,5})$/.exec(text);
	if (port !== null) return portTest(Number(port[1]));
	const range = /^([^/]+)\/(\d{1,3})$/.exec(text);
	if (range !== null) return rangeTest(range[1] ?? '', Number(range[2]));
	const words = parseAddress(text);
	if (words !== null) return (candidate) => isInRange(candidate, words, 128);
	const endpoint = parseEndpoint(text);
	if (endpoint === null) return null;
	return (candidate, candidatePort) => candidatePort === endpoint.port && isInRange(candidate, endpoint.words, 128);
}

function portTest(port: number): EndpointTest | null {
	return port > 65535 ? null : (_, candidate) => candidate === port;
}

function rangeTest(text: string, length: number): EndpointTest | null {
	const words = parseAddress(text);
	// An IPv4 prefix follows the 96 bits of ::ffff:0:0/96. `::ffff:10.0.0.0/104` is one written the IPv6 way.
	const bits = text.includes(':') ? length : length + 96;
	if (words === null || bits > 128) return null;
	return (candidate) => isInRange(candidate, words, bits);
}

/** Bits beyond the prefix are ignored: `10.0.0.7/8` means `10.0.0.0/8`. */
function isInRange(candidate: Uint32Array, words: Uint32Array, bits: number): boolean {
	for (let i = 0, left = bits; left > 0; i++, left -= 32) {
		const difference = ((candidate[i] ?? 0) ^ (words[i] ?? 0)) >>> 0;
		if (left >= 32 ? difference !== 0 : difference >>> (32 - left) !== 0) return false;
	}
	return true;
}
