/** What is used of Bun: its types are a package of their own, which would replace Node's. */
declare module 'bun:ffi' {
	type Signature = {readonly args: readonly string[]; readonly returns: string};
	type Call = (...args: unknown[]) => unknown;
	export function dlopen(
		library: string,
		symbols: Readonly<Record<string, Signature>>,
	): {symbols: Record<string, Call>};
	export function ptr(memory: Uint8Array): number;
	export const read: {i32(pointer: number, offset: number): number};
}

/** What binary/build.ts puts together. */
declare module 'traefik-top:built' {
	export const version: string;
	export const bugsUrl: string | null;
	/** Of the report's page. */
	export const script: string;
	export const style: string;
	/** The bundled incident, in base64. */
	export const incident: string;
}
