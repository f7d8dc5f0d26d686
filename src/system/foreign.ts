/**
How C functions are called. The single binary has another file in this one's place (binary/foreign.ts): nothing else knows
which of the two it is.
*/
import {createRequire} from 'node:module';

/** What of koffi is used. */
export type Foreign = {
	/** null: the symbols that the process has already, whichever C library it was built with. */
	load(name: null): {func(prototype: string): (...args: unknown[]) => unknown};
	/** Of this thread's last call that failed. */
	errno(): number;
	address(memory: Uint8Array): bigint;
	sizeof(type: string): number;
};

/** koffi is an optional dependency: throws where it has no prebuilt binary. */
export function loadForeign(): Foreign {
	return createRequire(import.meta.url)('koffi') as Foreign;
}
