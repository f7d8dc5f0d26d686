/** What src/system/foreign.ts does with koffi, done with what Bun has built in: so no library has to be unpacked. */
import {dlopen, ptr, read} from 'bun:ffi';
import type {Foreign} from '../src/system/foreign.ts';

const LIBC = 'libc.so.6';

/** C's types in the prototypes of src/system/libc.ts, on the 64-bit machines that there are binaries for. */
const TYPES: Readonly<Record<string, string>> = {
	void: 'void',
	int: 'i32',
	'unsigned int': 'u32',
	'unsigned long': 'u64',
	size_t: 'u64',
	intptr_t: 'i64',
	'void *': 'ptr',
};

function typeOf(name: string): string {
	const type = TYPES[name.trim()];
	if (type === undefined) throw new Error(`no type for "${name}"`);
	return type;
}

/** `int close(int)` */
function parse(prototype: string) {
	const [, returns = '', name = '', args = ''] = /^(.+) (\w+)\((.*)\)$/.exec(prototype) ?? [];
	return {name, args: args.split(',').map(typeOf), returns: typeOf(returns)};
}

type Call = (...args: unknown[]) => unknown;

/** Bound when it is first called: most commands call but a few. */
function func(prototype: string): Call {
	const {name, ...signature} = parse(prototype);
	let call: Call | undefined;
	return (...args) => {
		call ??= dlopen(LIBC, {[name]: signature}).symbols[name] as Call;
		return call(...args);
	};
}

export function loadForeign(): Foreign {
	const location = dlopen(LIBC, {__errno_location: {args: [], returns: 'ptr'}}).symbols['__errno_location'] as Call;
	// each thread has its own, and loads this module for itself
	const errno = location() as number;
	return {
		load: () => ({func}),
		errno: () => read.i32(errno, 0),
		address: (memory) => BigInt(ptr(memory)),
		sizeof: () => 8,
	};
}
