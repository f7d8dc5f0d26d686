/**
An archive on disk: which captures a directory holds, and from when to when each of them runs. Only heads are read, so that
a month of several hosts opens at once; a file is opened when its time comes.
*/
import {type Dirent, readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {fileSource} from '../capture/byte-source.ts';
import {CHUNK_HEAD_BYTES, decodeChunkHead} from '../capture/chunk.ts';
import {chunksOf, firstHeadOf, firstTimeOf, lastHeadOf} from '../capture/index.ts';
import {unixTime} from '../parse/date-line.ts';
import {codeOf} from '../system/proc-file.ts';
import {plural} from '../text/plural.ts';
import {stripControls} from '../text/strip-controls.ts';

/** A capture of an archive that nobody has opened yet. */
export type Part = {
	readonly path: string;
	/** From its name, `HOST-20261125T140211Z.capture`; null: it is called otherwise. Files of one host follow each other. */
	readonly host: string | null;
	/** Unix ms of the first and the last snapshot. */
	readonly from: number;
	readonly to: number;
};

/** A file that is named like a capture; `key` is the same under all its names. */
export type Listed = {readonly path: string; readonly key: string};

export type Listing = {
	/** In the order of their paths. */
	readonly files: readonly Listed[];
	/** One sentence each about what was left out. */
	readonly remarks: readonly string[];
};

/** An archive has a folder per host at most; deeper down lies something else. */
const MAX_DEPTH = 3;
const MAX_FILES = 100_000;
const CAPTURE_NAME = /\.(?:capture(?:\.\d+)?|cap)(?:\.(?:gz|zst))?$/;

/** Whether a directory is of the form that holds a snapshot in each folder or file: then it is one recording. */
export function holdsSnapshots(path: string): boolean {
	return entriesOf(path).some((entry) =>
		entry.isDirectory()
			? unixTime(entry.name) !== null
			: entry.name.endsWith('.tcp') && unixTime(entry.name.slice(0, -4)) !== null,
	);
}

/** The captures below a directory, told by their names; links to directories are not followed. Throws what readdir does. */
export function listCaptures(path: string): Listing {
	const files: Listed[] = [];
	const remarks: string[] = [];
	const seen = new Set<string>();
	let foreign = 0;
	const walk = (directory: string, depth: number): void => {
		for (const entry of entriesOf(directory)) {
			if (files.length >= MAX_FILES) return;
			const file = join(directory, entry.name);
			if (entry.isDirectory()) {
				if (depth < MAX_DEPTH) tryWalk(file, depth + 1);
				continue;
			}
			const key = CAPTURE_NAME.test(entry.name) ? identityOf(file) : null;
			if (key === null) foreign++;
			else if (!seen.has(key)) {
				seen.add(key);
				files.push({path: file, key});
			}
		}
	};
	const tryWalk = (directory: string, depth: number): void => {
		try {
			walk(directory, depth);
		} catch (error) {
			remarks.push(`${stripControls(directory)} was skipped: ${reasonOf(error)}`);
		}
	};
	walk(path, 1);
	if (foreign > 0) {
		remarks.push(`${stripControls(path)}: ${plural(foreign, 'file')} skipped, not named like a capture (*.capture)`);
	}
	if (files.length >= MAX_FILES) {
		remarks.push(`${stripControls(path)}: only the first ${MAX_FILES} captures are read; name a folder below it`);
	}
	return {files, remarks};
}

function entriesOf(path: string): Dirent[] {
	return readdirSync(path, {withFileTypes: true}).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The same file under two names is read once; null: it cannot be a capture, or is gone. */
export function identityOf(path: string): string | null {
	try {
		const stat = statSync(path);
		return stat.isFile() ? `${stat.dev}:${stat.ino}` : null;
	} catch {
		return null;
	}
}

function reasonOf(error: unknown): string {
	const code = codeOf(error);
	if (code === 'ENOENT') return 'it is gone';
	if (code === 'EACCES') return 'permission denied';
	return code ?? String(error);
}

/** `HOST-20261125T140211Z.capture`: the host; null: named otherwise. */
export function hostOfName(path: string): string | null {
	const name = path.slice(path.lastIndexOf('/') + 1);
	return /^(.+)-\d{8}T\d{6}Z[^/]*\.capture/.exec(name)?.[1] ?? null;
}

/** What the heads of the chunks say of a file of `record`; null: it has none, or they do not say. */
export function peekChunks(path: string): Part | null {
	const source = fileSource(path);
	try {
		if (decodeChunkHead(source.read(0, CHUNK_HEAD_BYTES)) === null) return null;
		const [first] = chunksOf(source);
		const from = first === undefined ? null : firstTimeOf(source, first);
		if (first === undefined || from === null) return null;
		const host = hostOfName(path) ?? firstHeadOf(source, first)?.instance.host ?? null;
		const to = (lastHeadOf(source) ?? [...chunksOf(source)].at(-1)?.head)?.to ?? 0;
		// a chunk that is still written does not say when it ends
		return to < from ? null : {path, host, from, to};
	} finally {
		source.close();
	}
}
