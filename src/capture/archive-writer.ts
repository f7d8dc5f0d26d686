/**
An archive: a directory with files of each host, `HOST-20261125T140211Z.capture`, begun by size or age. Of the hosts that are
recorded here the oldest files go when they are more or older than what is to be kept, or when the disk is full; never one
that somebody writes. Each file is new and this writer's alone, so several recorders may share a directory.
*/
import {closeSync, constants, lstatSync, mkdirSync, openSync, readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import type {Reading, Tick} from '../reading.ts';
import {cannotWrite, reasonOf} from '../system/cannot-write.ts';
import {lockFile} from '../system/file-lock.ts';
import {CaptureWriter, nameWithTime} from './writer.ts';

export type ArchiveOptions = {
	/** Of this machine: for what is seen of no host. null: other machines are recorded. */
	readonly host: string | null;
	/** A file is never longer, nor spans more. */
	readonly maxBytes: number;
	readonly maxAgeMs: number;
	/** What is kept at most: bytes of all files of the hosts recorded here, those being written included; ms since a file's end. */
	readonly keepBytes?: number;
	readonly keepMs?: number;
};

type Kept = {readonly path: string; readonly began: string; readonly bytes: number; readonly ended: number};

/** Of the time in a name, and the number of a name that was taken. */
const NAME = /^(.+)-(\d{8}T\d{6}Z)(?:-\d+)?\.capture$/;
/** Old files are looked for this often, by the clock of the snapshots, also where no new file begins. */
const LOOK_MS = 60_000;

export class ArchiveWriter {
	readonly directory: string;
	/** Files that were deleted to keep no more than asked, and for room on the disk. */
	deleted = 0;
	deletedForRoom = 0;
	readonly #options: ArchiveOptions;
	readonly #writers = new Map<string, CaptureWriter>();
	#lookedAt = Number.NEGATIVE_INFINITY;
	#written = 0;

	/** Throws a UserError when there is no such directory and it cannot be made. */
	constructor(directory: string, options: ArchiveOptions) {
		this.directory = directory;
		this.#options = options;
		try {
			mkdirSync(directory, {recursive: true, mode: 0o750});
			readdirSync(directory);
		} catch (error) {
			throw cannotWrite(directory, reasonOf(error));
		}
	}

	get path(): string {
		return this.directory;
	}

	/** Ticks of which everything was written. */
	get written(): number {
		return this.#written;
	}

	get lost(): number {
		return this.#sum(({lost}) => lost);
	}

	get faults(): number {
		return this.#sum(({faults}) => faults);
	}

	get fault(): string | null {
		return this.#first(({fault}) => fault);
	}

	get problem(): string | null {
		return this.#first(({problem, path}) => (problem === null ? null : `${path}: ${problem}`));
	}

	get hasGivenUp(): boolean {
		return [...this.#writers.values()].some(({hasGivenUp}) => hasGivenUp);
	}

	get isLimitTooSmall(): boolean {
		return [...this.#writers.values()].some(({isLimitTooSmall}) => isLimitTooSmall);
	}

	/** Throws a UserError when the first file of a host cannot be made. */
	async write(tick: Tick): Promise<void> {
		const lost = this.lost;
		let isNew = false;
		for (const [host, readings] of this.#byHost(tick)) {
			const writer = this.#writers.get(host) ?? this.#begin(host, tick.time);
			const before = writer.written === 0 ? null : writer.path;
			await writer.write({...tick, readings});
			isNew ||= writer.path !== before;
		}
		if (this.lost === lost) this.#written++;
		if (isNew || Math.abs(tick.time - this.#lookedAt) >= LOOK_MS) this.#deleteOld(tick.time);
	}

	async close(): Promise<void> {
		for (const writer of this.#writers.values()) await writer.close();
	}

	#begin(host: string, time: number): CaptureWriter {
		const pathAt = (at: number) => nameWithTime(join(this.directory, `${host}.capture`), at);
		const {maxBytes, maxAgeMs} = this.#options;
		const makeRoom = () => this.#deleteOldest();
		const writer = new CaptureWriter(pathAt(time), {isNew: true, pathAt, makeRoom, maxBytes, maxAgeMs});
		this.#writers.set(host, writer);
		return writer;
	}

	/** A tick of each host. One that saw nobody is this machine's, or says of every host seen before that it is not seen. */
	#byHost({readings}: Tick): Map<string, Reading[]> {
		const hosts = new Map<string, Reading[]>();
		const {host: own} = this.#options;
		for (const reading of readings) {
			const host = hostName(reading.instance.host ?? own ?? '');
			hosts.set(host, [...(hosts.get(host) ?? []), reading]);
		}
		if (hosts.size > 0) return hosts;
		return new Map((own === null ? [...this.#writers.keys()] : [hostName(own)]).map((host) => [host, []]));
	}

	/** Files of the hosts that are recorded here, oldest first, without those being written here. */
	#ended(): Kept[] {
		const files: Kept[] = [];
		for (const name of readdirSync(this.directory)) {
			const [, host = '', began = ''] = NAME.exec(name) ?? [];
			const writer = this.#writers.get(host);
			const path = join(this.directory, name);
			if (writer === undefined || path === writer.path) continue;
			const stat = lstatSync(path, {throwIfNoEntry: false});
			if (stat?.isFile() === true) files.push({path, began, bytes: stat.size, ended: stat.mtimeMs});
		}
		return files.sort((a, b) => a.began.localeCompare(b.began) || a.ended - b.ended);
	}

	#deleteOld(time: number): void {
		this.#lookedAt = time;
		const {keepBytes = Number.POSITIVE_INFINITY, keepMs = Number.POSITIVE_INFINITY, maxBytes} = this.#options;
		const files = this.#ended();
		// those being written may grow as long as they may be
		let bytes = files.reduce((sum, file) => sum + file.bytes, maxBytes * this.#writers.size);
		for (const file of files) {
			if (bytes <= keepBytes && time - file.ended <= keepMs) continue;
			if (!deleteUnused(file.path)) continue;
			bytes -= file.bytes;
			this.deleted++;
		}
	}

	/** For room on the disk; false: there is nothing but what is being written. */
	#deleteOldest(): boolean {
		for (const {path} of this.#ended()) {
			if (!deleteUnused(path)) continue;
			this.deletedForRoom++;
			return true;
		}
		return false;
	}

	#sum(count: (writer: CaptureWriter) => number): number {
		return [...this.#writers.values()].reduce((sum, writer) => sum + count(writer), 0);
	}

	#first(text: (writer: CaptureWriter) => string | null): string | null {
		for (const writer of this.#writers.values()) {
			const said = text(writer);
			if (said !== null) return said;
		}
		return null;
	}
}

/** As a part of a file's name: neither a path nor hidden, nor longer than names are. */
function hostName(host: string): string {
	const name = host
		.replace(/[^A-Za-z0-9._-]/g, '_')
		.replace(/^[.-]+/, '')
		.slice(0, 200);
	return name === '' ? 'host' : name;
}

/** Whether it was deleted: not while another recorder writes it. */
function deleteUnused(path: string): boolean {
	let fd: number;
	try {
		fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
	} catch {
		return false;
	}
	try {
		const lock = lockFile(fd, path);
		if (lock === null) return false;
		rmSync(path);
		lock.release();
		return true;
	} catch {
		return false;
	} finally {
		closeSync(fd);
	}
}
