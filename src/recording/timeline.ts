/** Several recordings and archives, opened as one recording. */
import {statSync} from 'node:fs';
import {UserError} from '../errors.ts';
import type {Tick} from '../reading.ts';
import type {Recording} from '../source.ts';
import {Turns} from '../system/turns.ts';
import {plural} from '../text/plural.ts';
import {stripControls} from '../text/strip-controls.ts';
import {holdsSnapshots, hostOfName, identityOf, type Listed, listCaptures, type Part, peekChunks} from './archive.ts';
import {lanesOf, laneTicks} from './lane.ts';
import {mergeTicks} from './merge.ts';
import {type OpenOptions, openRecording} from './open.ts';

/** A recorder that has been silent for this long is not waited for by the others, ms. */
const PATIENCE_MS = 3_000;
const RESCAN_MS = 1_000;
/** More remarks than this are counted. */
const MAX_REMARKS = 20;

/** Opens one recording, or several and archives as one timeline. Throws a UserError when nothing can be read. */
export async function openRecordings(paths: readonly string[], options: OpenOptions): Promise<Recording> {
	const [only = ''] = paths;
	if (paths.length === 1 && !isArchive(only)) return openRecording(only, options);
	if (paths.includes('-')) {
		throw new UserError('standard input cannot be combined with other recordings', 'save it to a file first', 2);
	}
	const timeline = new Timeline(paths, options);
	await timeline.scan();
	return timeline.recording();
}

function isArchive(path: string): boolean {
	try {
		return statSync(path).isDirectory() && !holdsSnapshots(path);
	} catch {
		return false; // opening it says why
	}
}

class Timeline {
	readonly #paths: readonly string[];
	readonly #options: OpenOptions;
	readonly #parts: Part[] = [];
	#lanes: Part[][] = [];
	/** Files that are known, by what they are under all of their names. */
	readonly #known = new Set<string>();
	readonly #remarks = new Map<string, string>();
	#leftOut = 0;
	#firstError: UserError | null = null;
	#first: Recording | null = null;
	#isClosed = false;
	readonly #open = new Set<Recording>();

	constructor(paths: readonly string[], options: OpenOptions) {
		this.#paths = paths;
		this.#options = options;
	}

	/** Looks for parts that are new. Those that are there when it is called first are sorted into lanes. */
	async scan(): Promise<void> {
		const turns = new Turns(this.#options.signal);
		const all = this.#listed();
		for (const [place, listed] of all.entries()) {
			this.#options.onProgress?.(place / all.length);
			await turns.give();
			if (this.#known.has(listed.key) || this.#isClosed) continue;
			const part = await this.#peek(listed.path);
			if (part === null) continue;
			this.#known.add(listed.key);
			this.#parts.push(part);
		}
		this.#lanes = lanesOf(this.#parts);
	}

	#listed(): Listed[] {
		const found: Listed[] = [];
		for (const path of this.#paths) {
			if (!isArchive(path)) {
				found.push({path, key: identityOf(path) ?? path});
				continue;
			}
			try {
				const {files, remarks} = listCaptures(path);
				found.push(...files);
				for (const remark of remarks) this.#remark(remark, remark);
				if (files.length === 0) this.#remark(path, `${stripControls(path)} contains no capture`);
			} catch (error) {
				this.#remark(path, `cannot list ${stripControls(path)}: ${(error as Error).message}`);
			}
		}
		return found;
	}

	/** null: it is not a recording, or holds nothing yet. */
	async #peek(path: string): Promise<Part | null> {
		try {
			const part = peekChunks(path);
			if (part !== null) return part;
		} catch {
			// opening it says why
		}
		const recording = await this.#tryOpen(path);
		if (recording === null) return null;
		const {from, to} = recording;
		const damage = from === null ? recording.damage() : null;
		recording.close();
		if (from === null || to === null) {
			this.#remark(path, damage ?? `${stripControls(path)} contains no snapshot`);
			return null;
		}
		return {path, host: hostOfName(path) ?? recording.host, from, to};
	}

	async #tryOpen(path: string, isEnded?: () => boolean): Promise<Recording | null> {
		const {source, signal} = this.#options;
		const told = signal === undefined ? {source} : {source, signal};
		try {
			return await openRecording(path, {...told, ...(isEnded === undefined ? {} : {isFollowed: true, isEnded})});
		} catch (error) {
			if (!(error instanceof UserError)) {
				// a file may vanish between two calls
				if (!(error instanceof Error && 'code' in error)) throw error;
				this.#remark(path, `cannot read ${stripControls(path)}: ${String(error.code)}`);
				return null;
			}
			this.#firstError ??= error;
			this.#remark(path, error.message);
			return null;
		}
	}

	#remark(key: string, text: string): void {
		if (this.#remarks.has(key)) return;
		if (this.#remarks.size < MAX_REMARKS) this.#remarks.set(key, text);
		else this.#leftOut++;
	}

	async recording(): Promise<Recording> {
		const [earliest] = this.#parts.toSorted((a, b) => a.from - b.from);
		if (earliest === undefined) {
			if (this.#firstError !== null && this.#paths.length === 1 && this.#remarks.size === 1) throw this.#firstError;
			const why = [...this.#remarks.values()].join('; ') || 'no capture in it';
			throw new UserError(`nothing to read: ${why}`, 'name captures, or a directory of captures');
		}
		this.#first = await this.#tryOpen(earliest.path);
		const hosts = new Set(this.#parts.map(({host}) => host).filter((host) => host !== null));
		const [host = this.#first?.host ?? null] = hosts;
		const to = this.#parts.reduce((most, part) => Math.max(most, part.to), earliest.to);
		const note = this.#first?.note ?? null;
		this.#first?.close();
		return {
			path: this.#paths.map(stripControls).join(', '),
			host: hosts.size > 1 ? `${hosts.size} hosts` : host,
			note,
			from: earliest.from,
			to,
			first: earliest.from,
			last: to,
			// what a clock that was set back left is put after what came before
			isAscending: true,
			ticks: (from) => this.#ticks(from),
			damage: () => this.#damage(),
			close: () => this.#close(),
		};
	}

	#ticks(from: number | undefined): AsyncIterable<Tick> {
		const {isFollowed = false} = this.#options;
		const start = from === undefined ? {} : {from};
		if (!isFollowed)
			return mergeTicks(
				this.#lanes.map((lane) => this.#lane(lane, from)),
				start,
			);
		return this.#grow(from, start);
	}

	/** Takes in files that appear while it runs. */
	async *#grow(from: number | undefined, start: {from?: number}): AsyncGenerator<Tick> {
		const lanes = this.#lanes.map((lane) => [...lane]);
		const seen = new Set(this.#parts);
		const added: Part[][] = [];
		const take = (): void => {
			for (const part of this.#parts) {
				if (seen.has(part)) continue;
				seen.add(part);
				const lane = part.host === null ? undefined : lanes.find((each) => each.at(-1)?.host === part.host);
				if (lane !== undefined) lane.push(part);
				else {
					lanes.push([part]);
					added.push(lanes.at(-1) as Part[]);
				}
			}
		};
		let isScanning = false;
		const rescan = async (): Promise<void> => {
			if (isScanning) return;
			isScanning = true;
			await this.scan();
			take();
			isScanning = false;
		};
		const timer = setInterval(() => void rescan(), RESCAN_MS);
		try {
			const more = () => added.splice(0).map((lane) => this.#lane(lane, undefined, true));
			const sources = lanes.map((lane) => this.#lane(lane, from, true));
			yield* mergeTicks(sources, {...start, growth: {patienceMs: PATIENCE_MS, more}});
		} finally {
			clearInterval(timer);
		}
	}

	/** `isGrowing`: the last part is followed until another one comes after it. */
	async *#lane(parts: readonly Part[], from: number | undefined, isGrowing = false): AsyncGenerator<Tick> {
		const opened = new Set<Recording>();
		const open = async (part: Part): Promise<Recording | null> => {
			for (const each of opened) this.#leave(each, opened);
			if (this.#isClosed) return null;
			const recording = await this.#tryOpen(part.path, isGrowing ? () => part !== parts.at(-1) : undefined);
			if (recording === null) return null;
			opened.add(recording);
			this.#open.add(recording);
			return recording;
		};
		try {
			yield* laneTicks(parts, from, open);
		} finally {
			for (const each of opened) this.#leave(each, opened);
		}
	}

	#leave(recording: Recording, opened: Set<Recording>): void {
		const damage = recording.damage();
		if (damage !== null) this.#remark(recording.path, damage);
		recording.close();
		opened.delete(recording);
		this.#open.delete(recording);
	}

	/** A sentence a line. */
	#damage(): string | null {
		const lines = [...this.#remarks.values()];
		for (const recording of this.#open) {
			const damage = this.#remarks.has(recording.path) ? null : recording.damage();
			if (damage !== null) lines.push(damage);
		}
		if (this.#leftOut > 0) lines.push(`${plural(this.#leftOut, 'more file')} with problems of their own`);
		return lines.length === 0 ? null : lines.join('\n');
	}

	#close(): void {
		this.#isClosed = true;
		for (const recording of this.#open) recording.close();
	}
}
