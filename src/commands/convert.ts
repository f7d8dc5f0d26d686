/** `record --from`: any recording as one capture. */
import {existsSync, statSync} from 'node:fs';
import {UserError} from '../errors.ts';
import {CaptureWriter} from '../sink/capture-writer.ts';
import {convertRecording} from '../sink/convert.ts';
import {stripControls} from '../text/strip-controls.ts';
import {openPast, sayDamage} from './input.ts';
import {say} from './print.ts';
import type {Settings} from './settings.ts';
import type {Flags} from './spec.ts';

export async function convert(from: string, to: string, flags: Flags, settings: Settings): Promise<number> {
	const recording = await openPast(from, flags, settings);
	try {
		if (existsSync(to)) refuse(from, to, flags.force === true);
		const writer = new CaptureWriter(to, {isForced: true});
		const start = recording.from ?? 0;
		const ticks = await convertRecording(recording, writer, flags.for === undefined ? {} : {to: start + flags.for});
		await writer.close();
		sayDamage(recording);
		if (writer.problem !== null)
			throw new UserError(`cannot write ${writer.path}: ${writer.problem}`, 'choose another file');
		say(`${ticks} snapshots in ${writer.path}, ${statSync(to).size} bytes`);
	} finally {
		recording.close();
	}
	return 0;
}

/** A recording is converted into a new file, never into itself. */
function refuse(from: string, to: string, isForced: boolean): void {
	const [a, b] = [from === '-' ? null : statSync(from), statSync(to)];
	if (a !== null && a.dev === b.dev && a.ino === b.ino) {
		throw new UserError(`${stripControls(to)} is the recording itself`, 'choose another file');
	}
	if (!isForced)
		throw new UserError(`${stripControls(to)} exists already`, 'choose another file, or overwrite it with --force');
}
