import {statSync} from 'node:fs';
import {hostname} from 'node:os';
import {ArchiveWriter} from '../capture/archive-writer.ts';
import {CaptureWriter} from '../capture/writer.ts';
import {UserError} from '../errors.ts';
import {duration} from '../text/duration.ts';
import {plural} from '../text/plural.ts';
import {stripControls} from '../text/strip-controls.ts';
import type {CommandContext, Flags} from './command.ts';
import {forDuration, openLive} from './input.ts';
import {problemTeller, say} from './print.ts';
import {faultTeller} from './recording.ts';
import {type Settings, settingsOf} from './settings.ts';

/** Of an archive, unless told otherwise; --keep 1G makes it a quarter of that. */
const ARCHIVE_FILE_BYTES = 256 * 1024 * 1024;
const ARCHIVE_FILE_MS = 24 * 60 * 60 * 1000;
const FILES_TO_KEEP = 4;

/** About as long as a timer can wait. */
const FOR_EVER_MS = 2 ** 31 - 1;

export async function run(flags: Flags, more: readonly string[], {signal}: CommandContext): Promise<number> {
	if (flags.output === undefined)
		throw new UserError('record needs an output file', 'give one with -o incident.capture', 2);
	const settings = settingsOf(flags);
	if (flags.from !== undefined) {
		const {convert} = await import('./convert.ts');
		return convert([flags.from, ...more], flags.output, flags, settings, signal);
	}
	if (more.length > 0)
		throw new UserError(
			`record takes a recording only with --from: ${stripControls(more[0] ?? '')}`,
			'put --from before the recordings',
			2,
		);
	if (flags.since !== undefined || flags.until !== undefined) {
		const flag = flags.since === undefined ? '--until' : '--since';
		throw new UserError(`${flag} needs a recording`, 'name it with --from', 2);
	}
	if (flags.anonymize === true) throw new UserError('--anonymize needs a recording', 'name it with --from', 2);
	// what is there is emptied only when all else can begin
	const source = await openLive(flags, settings);
	const writer = writerOf(flags.output, flags, settings);
	if (writer instanceof CaptureWriter && writer.cutBytes > 0) {
		say(`removed a torn snapshot left by the last run from ${writer.path}: ${writer.cutBytes} bytes`);
	}
	const tellFault = faultTeller(writer);
	const ticks = forDuration(source, {ms: flags.for ?? FOR_EVER_MS, intervalMs: settings.intervalMs}, signal);
	const tellProblem = problemTeller();
	let noted: string | null = null;
	let from: number | null = null;
	let to = 0;
	let deletedForRoom = 0;
	try {
		for await (const tick of ticks) {
			from ??= tick.time;
			to = tick.time;
			await writer.write(tick);
			tellFault();
			if (writer.hasGivenUp) break;
			if (writer instanceof ArchiveWriter && writer.deletedForRoom > deletedForRoom) {
				deletedForRoom = writer.deletedForRoom;
				say(`the disk is full: deleting the oldest files in ${writer.path} (${deletedForRoom} so far)`);
			}
			const note = writer.problem === null ? null : `cannot write ${writer.path}: ${writer.problem}`;
			if (writer.isLimitTooSmall && writer.written === 0) {
				throw new UserError(note ?? '', 'give a larger --max-size');
			}
			if (note !== null && note !== noted) say(note);
			noted = note;
			tellProblem(tick.problem);
		}
	} finally {
		await writer.close();
		tellFault();
	}
	const lost = writer.lost === 0 ? '' : `, ${writer.lost} lost`;
	const others = writer.faults === 0 ? '' : ' and those named above';
	say(`${plural(writer.written, 'snapshot')} over ${duration(to - (from ?? to))} in ${writer.path}${others}${lost}`);
	return writer.faults > 0 || (writer.written === 0 && writer.lost > 0) ? 1 : 0;
}

function writerOf(path: string, flags: Flags, {via}: Settings): CaptureWriter | ArchiveWriter {
	const {force, maxSize, maxAge, keep = []} = flags;
	const isArchive = path.endsWith('/') || statSync(path, {throwIfNoEntry: false})?.isDirectory() === true;
	if (!isArchive) {
		if (keep.length > 0)
			throw new UserError('--keep needs an archive', `name a directory: -o ${stripControls(path)}/`, 2);
		return new CaptureWriter(path, {
			isForced: force === true,
			...(maxSize === undefined ? {} : {maxBytes: maxSize}),
			...(maxAge === undefined ? {} : {maxAgeMs: maxAge}),
		});
	}
	if (force === true) throw new UserError('--force needs a file: an archive never overwrites', 'omit --force', 2);
	const keepBytes = keep.flatMap((each) => ('bytes' in each ? [each.bytes] : [])).at(-1);
	const keepMs = keep.flatMap((each) => ('ms' in each ? [each.ms] : [])).at(-1);
	const most = Math.floor((keepBytes ?? Number.POSITIVE_INFINITY) / FILES_TO_KEEP);
	return new ArchiveWriter(path, {
		host: via.length > 0 ? null : hostname(),
		maxBytes: maxSize ?? Math.min(ARCHIVE_FILE_BYTES, most),
		maxAgeMs: maxAge ?? ARCHIVE_FILE_MS,
		...(keepBytes === undefined ? {} : {keepBytes}),
		...(keepMs === undefined ? {} : {keepMs}),
	});
}
