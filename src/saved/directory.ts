/**
Recordings that are directories: one folder per snapshot named by its Unix time in ms, or a flat directory of
`<unix time>.tcp` and `<unix time>.tcp6`. Both hold the kernel's files as they were; other names are ignored.
*/

import {type Dirent, readdirSync} from 'node:fs';
import {join as joinPath} from 'node:path';
import {UserError} from '../errors.ts';
import {unixTime} from '../parse/date-line.ts';
import type {Reading, Tick} from '../reading.ts';
import {ASSUMED_PORTS} from '../reading.ts';
import type {Recording} from '../source.ts';
import {cannotRead, codeOf} from '../system/proc-file.ts';
import {lastAtOrBefore} from '../text/last-at-or-before.ts';
import {plural} from '../text/plural.ts';
import {FileSlots} from './file-slots.ts';
import {InfoJoin} from './join-info.ts';
import {guessLittleEndian, newParseState, type ParseState, savedReading} from './saved-reading.ts';

type Options = {
	/** Ignore `diag`: the tables alone, as on a host without ss. */
	readonly isTextOnly: boolean;
};

type Shot = {readonly time: number; readonly name: string};

/** Opens a directory in either form. It is listed once; snapshots are read as they are iterated. */
export function openDirectory(path: string, {isTextOnly}: Options): Recording {
	const folders: Shot[] = [];
	const files: Shot[] = [];
	for (const entry of entriesOf(path)) {
		if (entry.isFile()) {
			const time = entry.name.endsWith('.tcp') ? unixTime(entry.name.slice(0, -4)) : null;
			if (time !== null) files.push({time, name: entry.name.slice(0, -4)});
		} else if (entry.isDirectory() || entry.isSymbolicLink()) {
			const time = unixTime(entry.name);
			if (time !== null) folders.push({time, name: entry.name});
		}
	}
	const isFlat = folders.length === 0;
	const shots = (isFlat ? files : folders).sort((a, b) => a.time - b.time);
	if (shots.length === 0) {
		throw new UserError(
			`${path} is not a recording: it has no folder or .tcp file named by a Unix time`,
			'give a capture, or a directory with one folder per snapshot named by its time in ms',
		);
	}
	const fileOf = (name: string, file: string) =>
		isFlat ? joinPath(path, `${name}.${file}`) : joinPath(path, name, file);
	return directoryRecording(path, shots, isTextOnly, fileOf);
}

function entriesOf(path: string): Dirent[] {
	try {
		return readdirSync(path, {withFileTypes: true});
	} catch (error) {
		throw new UserError(cannotRead(path, codeOf(error)), 'run traefik-top as a user who can list it');
	}
}

function directoryRecording(
	path: string,
	shots: readonly Shot[],
	isTextOnly: boolean,
	fileOf: (name: string, file: string) => string,
): Recording {
	const head = new FileSlots();
	const first = shots[0]?.name ?? '';
	const isLittleEndian = guessLittleEndian(
		(head.text(fileOf(first, 'tcp6')) ?? '') + (head.text(fileOf(first, 'tcp')) ?? ''),
	);
	let torn = 0;
	let firstTorn = '';
	let refused = head.refused;

	function read({time, name}: Shot, slots: FileSlots, state: ParseState): Tick {
		const text = (file: string) => slots.text(fileOf(name, file));
		const bytes = (file: string) => slots.bytes(file, fileOf(name, file));
		const tcp = bytes('tcp');
		const problem = slots.problem;
		const pid = /^\s*(\d{1,10})\s*$/.exec(text('pid') ?? '')?.[1] ?? null;
		const reading: Reading = savedReading(
			{
				instance: {
					id: pid ?? '?',
					host: null,
					via: null,
					pid: pid === null ? null : Number(pid),
					startedAt: null,
					netns: null,
				},
				time,
				monotonicMs: null,
				isTimeAssumed: false,
				intervalMs: null,
				problem,
				isAlone: null,
				ports: ASSUMED_PORTS,
				names: new Map(),
				openFiles: null,
			},
			{
				tcp,
				tcp6: bytes('tcp6'),
				diag: isTextOnly ? null : bytes('diag'),
				snmp: text('snmp'),
				netstat: text('netstat'),
				fds: text('fds'),
			},
			isLittleEndian,
			state,
			(count, file) => {
				if (torn === 0) firstTorn = fileOf(name, file);
				torn += count;
			},
		);
		refused ??= slots.refused;
		return {time, readings: [reading], problem: null};
	}

	return {
		path,
		host: null,
		note: head.text(fileOf(first, 'fds')) === null ? NO_DESCRIPTORS : null,
		from: shots[0]?.time ?? null,
		to: shots.at(-1)?.time ?? null,
		first: shots[0]?.time ?? null,
		last: shots.at(-1)?.time ?? null,
		// nothing but their names says in which order the folders were made
		isAscending: true,
		async *ticks(from) {
			// its own buffers: two passes may run side by side
			const slots = new FileSlots();
			const state = newParseState(new InfoJoin());
			for (let i = from === undefined ? 0 : shotAt(shots, from); i < shots.length; i++) {
				const shot = shots[i];
				if (shot !== undefined) yield read(shot, slots, state);
			}
		},
		damage() {
			const rows = torn === 0 ? null : `${plural(torn, 'torn row')}, the first one in ${firstTorn}`;
			const said = [rows, refused].filter((part) => part !== null);
			return said.length === 0 ? null : `${path}: ${said.join('; ')}`;
		},
		close() {},
	};
}

/** Said beside the header of a recording that cannot tell Traefik's sockets from others'. */
export const NO_DESCRIPTORS = "socket ownership not recorded: all non-listener sockets are counted as Traefik's";

/** Index of the snapshot that a time means: the last at or before it, the first when all are later. Sorted by time. */
export function shotAt(shots: readonly {readonly time: number}[], time: number): number {
	return Math.max(
		0,
		lastAtOrBefore(shots.length, (i) => shots[i]?.time ?? 0, time),
	);
}
