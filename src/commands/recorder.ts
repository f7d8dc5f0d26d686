import {recorderScript} from '../live/remote/recorder.ts';
import type {Flags} from './command.ts';
import {print} from './print.ts';

const DEFAULT_INTERVAL_MS = 1000;

export async function run({interval = DEFAULT_INTERVAL_MS, pid = [], match, source}: Flags): Promise<number> {
	const script = recorderScript({
		intervalMs: interval,
		pids: pid,
		match: match?.source ?? null,
		// The script itself comes through that standard input, which then ends.
		endsWithStdin: false,
		isTextOnly: source === 'text',
	});
	await print(script);
	return 0;
}
