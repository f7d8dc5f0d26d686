/** Opens a capture: text, or text under zstd or gzip. What `record` did not compress is read through for its last time. */
import {UserError} from '../errors.ts';
import {NO_DESCRIPTORS} from '../saved/directory.ts';
import type {Recording} from '../source.ts';
import {newerVersion} from './blocks.ts';
import {type ByteSource, decodeChunkHead} from './chunk.ts';
import {HEAD_START, VERSION, versionOf} from './head.ts';
import {type CaptureOptions, CaptureReader} from './reader.ts';
import {textOf} from './text.ts';

const NOISE_BYTES = 64 * 1024;

/** Whether the first bytes are those of a capture, plain or compressed. */
export async function isCapture(head: Buffer): Promise<boolean> {
	return decodeChunkHead(head) !== null || headLineOf(await firstText(head)) !== null;
}

/** Text that the first bytes of a file hold, as much as can be had. */
async function firstText(head: Buffer): Promise<string> {
	const source = {size: () => head.length, read: (at: number, n: number) => head.subarray(at, at + n), close() {}};
	let text = '';
	try {
		for await (const piece of textOf(source, 0, null, () => {})) {
			text += piece.toString('latin1');
			if (text.length >= NOISE_BYTES) break;
		}
	} catch {
		// cut off in the middle: what came is enough to tell
	}
	return text;
}

function headLineOf(text: string): string | null {
	const at = text.startsWith(HEAD_START) ? 0 : text.indexOf(`\n${HEAD_START}`);
	return at === -1 ? null : (text.slice(at).trimStart().split('\n', 1)[0] ?? null);
}

export async function openCapture(path: string, source: ByteSource, options: CaptureOptions): Promise<Recording> {
	const line = headLineOf(await firstText(source.read(0, NOISE_BYTES)));
	const version = line === null ? null : versionOf(line);
	if (version !== null && version > VERSION) {
		source.close();
		throw new UserError(`cannot read ${path}: ${newerVersion(version)}`, 'upgrade traefik-top');
	}
	const capture = new CaptureReader(path, source, options);
	const first = await capture.first();
	const [reading] = first?.readings ?? [];
	const [begin, end] = first === null ? [null, null] : [first.time, (await capture.lastTime()) ?? first.time];
	return {
		path,
		host: reading?.instance.host ?? null,
		note: reading?.descriptors === 'absent' ? NO_DESCRIPTORS : null,
		// a clock that was set back may end before it began
		from: begin === null ? null : Math.min(begin, end),
		to: end === null ? null : Math.max(begin, end),
		first: begin,
		last: end,
		isAscending: begin === null || (begin <= end && capture.isAscending),
		ticks: (from) => capture.ticks(from),
		damage: () => capture.damage(),
		close: () => capture.close(),
	};
}
