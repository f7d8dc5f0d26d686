/**
Runs the targets in turn with inputs of chance, and stops at the first one that goes wrong: it throws, takes a second of
CPU time, or leaves memory behind. Input number N of a target depends on the seed and N alone.
*/
import {setImmediate} from 'node:timers/promises';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {Random} from './random.ts';
import {TARGETS} from './targets.ts';

export type FuzzOptions = {
	readonly seed: number;
	/** Of CPU time. */
	readonly seconds: number;
	/** Inputs of each target at most. */
	readonly inputs?: number;
	/** Only this target, from this input on. */
	readonly target?: string;
	readonly first?: number;
	/** Told before each input: where one is that never ends. */
	readonly onInput?: (target: string, number: number) => void;
};

export type FuzzResult = {
	readonly inputs: ReadonlyMap<string, number>;
	/** What went wrong, and with which input; null: nothing. */
	readonly failure: string | null;
	/** Bytes of heap at the end more than after the first tenth. */
	readonly grownBytes: number;
};

/** No input may take longer. */
const MAX_CPU_MS = 1000;
/** Caches and code that is compiled: more is growth. */
const MAX_GROWN_BYTES = 48 * 1024 * 1024;
/** Inputs of one target before the next has its turn. */
const BATCH = 50;

export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
	const {seed, seconds, target, first = 0, inputs: most = Number.POSITIVE_INFINITY} = options;
	const names = target === undefined ? Object.keys(TARGETS) : [target];
	const inputs = new Map(names.map((name) => [name, 0]));
	const isOver = () => cpuMs() >= start + seconds * 1000 || names.every((name) => (inputs.get(name) ?? 0) >= most);
	const start = cpuMs();
	let heap: number | null = null;
	let failure: string | null = null;
	while (!isOver() && failure === null) {
		for (const name of names) {
			const done = inputs.get(name) ?? 0;
			const count = Math.min(BATCH, most - done);
			failure = await batch(name, first + done, count, options);
			inputs.set(name, done + count);
			if (failure !== null) break;
		}
		if (heap === null && cpuMs() > start + seconds * 100) heap = await heapBytes();
	}
	const grownBytes = heap === null ? 0 : (await heapBytes()) - heap;
	if (grownBytes > MAX_GROWN_BYTES) failure ??= `seed ${seed}: the heap grew by ${grownBytes} bytes`;
	return {inputs, failure, grownBytes};
}

async function batch(name: string, first: number, count: number, {seed, onInput}: FuzzOptions): Promise<string | null> {
	const target = TARGETS[name];
	if (target === undefined) return `there is no target ${name}; there are ${Object.keys(TARGETS).join(', ')}`;
	for (let number = first; number < first + count; number++) {
		onInput?.(name, number);
		const start = cpuMs();
		try {
			await target(new Random(seedOf(seed, name, number)));
		} catch (error) {
			return `${name}, seed ${seed}, input ${number}: ${error instanceof Error ? error.stack : String(error)}`;
		}
		const took = cpuMs() - start;
		if (took > MAX_CPU_MS) return `${name}, seed ${seed}, input ${number}: took ${Math.round(took)} ms of CPU time`;
	}
	return null;
}

function seedOf(seed: number, name: string, number: number): number {
	let hash = seed | 0;
	for (const character of `${name} ${number}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
	return hash;
}

function cpuMs(): number {
	const {user, system} = process.threadCpuUsage();
	return (user + system) / 1000;
}

let collect: (() => void) | null = null;

/** What is still reached: buffers that nobody holds are given back a turn later. */
async function heapBytes(): Promise<number> {
	if (collect === null) {
		setFlagsFromString('--expose-gc');
		collect = runInNewContext('gc') as () => void;
	}
	for (let turn = 0; turn < 3; turn++) {
		collect();
		await setImmediate();
	}
	const {heapUsed, arrayBuffers} = process.memoryUsage();
	return heapUsed + arrayBuffers;
}
