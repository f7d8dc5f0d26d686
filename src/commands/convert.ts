/** `record --from`: any recording as one capture, whole or not at all. */
import {existsSync, statSync} from 'node:fs';
import {convertRecording} from '../capture/convert.ts';
import {CaptureWriter} from '../capture/writer.ts';
import {UserError} from '../errors.ts';
import {anonymized} from '../recording/anonymize.ts';
import {StandIns} from '../recording/stand-ins.ts';
import type {Recording} from '../source.ts';
import {cannotWrite} from '../system/cannot-write.ts';
import {NewFile} from '../system/new-file.ts';
import {plural} from '../text/plural.ts';
import {stripControls} from '../text/strip-controls.ts';
import type {Flags} from './command.ts';
import {openPast, sayDamage, spanOf} from './input.ts';
import {say} from './print.ts';
import type {Settings} from './settings.ts';

export async function convert(
	from: readonly string[],
	to: string,
	flags: Flags,
	settings: Settings,
	signal: AbortSignal,
): Promise<number> {
	refuseRotation(flags);
	if (flags.for !== undefined && flags.until !== undefined) {
		throw new UserError('--for and --until both set the end', 'omit one of them', 2);
	}
	const opened = await openPast(from, flags, settings, signal);
	const recording = flags.anonymize === true ? anonymized(opened, new StandIns()) : opened;
	try {
		for (const path of from) if (path !== '-') refuseItself(path, to);
		const file = new NewFile(to, {isForced: flags.force === true});
		try {
			const ticks = await write(recording, file.partPath, to, {flags, zone: settings.zone, signal});
			sayDamage(recording);
			if (ticks === 0) throw new UserError(`${recording.path} contains no complete snapshot`, 'nothing was written');
			file.finish();
			say(`${plural(ticks, 'snapshot')} in ${to}, ${statSync(to).size} bytes`);
		} finally {
			file.drop();
		}
	} finally {
		recording.close();
	}
	return 0;
}

async function write(
	recording: Recording,
	path: string,
	to: string,
	{flags, zone, signal}: {readonly flags: Flags; readonly zone: string; readonly signal: AbortSignal},
): Promise<number> {
	const span = spanOf(flags, recording, zone);
	const end = flags.for === undefined ? {} : {to: (span.from ?? recording.from ?? 0) + flags.for};
	const writer = new CaptureWriter(path, {isSynced: false});
	let ticks = 0;
	try {
		ticks = await convertRecording(recording, writer, {...span, ...end, signal});
	} finally {
		await writer.close();
	}
	if (signal.aborted) throw new UserError('interrupted', `${stripControls(to)} was not written`, Number(signal.reason));
	if (writer.problem !== null) throw cannotWrite(to, writer.problem);
	return ticks;
}

function refuseRotation({maxSize, maxAge, keep}: Flags): void {
	const flag =
		maxSize !== undefined ? '--max-size' : maxAge !== undefined ? '--max-age' : keep !== undefined ? '--keep' : null;
	if (flag === null) return;
	throw new UserError(`${flag} is for a live recording: --from makes one file`, `omit ${flag}, or use --for`, 2);
}

/** A recording is converted into a new file, never into itself. */
function refuseItself(from: string, to: string): void {
	if (!existsSync(to)) return;
	const [a, b] = [statSync(from), statSync(to)];
	if (a.dev === b.dev && a.ino === b.ino) {
		throw new UserError(`${stripControls(to)} is the recording itself`, 'choose another file');
	}
}
