/** What a file is, told by its first bytes. */

import {isCapture} from '../capture/open.ts';
import {UserError} from '../errors.ts';
import {isTextRecording} from '../saved/text-recording.ts';
import {stripControls} from '../text/strip-controls.ts';

/** A table's header is at the beginning, after at most a time line and what a shell printed. */
export const HEAD_BYTES = 64 * 1024;

export const FORMS = 'a recording is a capture, text saved from /proc/PID/net/tcp, or a directory of snapshots';

/** The form of a file that begins with `head`. Throws a UserError when it is none; `name` is what that calls it. */
export async function formOf(head: Buffer, name: string): Promise<'capture' | 'text'> {
	if (head.length === 0) throw new UserError(`${name} is empty`, FORMS);
	if (await isCapture(head)) return 'capture';
	if (isTextRecording(head)) return 'text';
	throw new UserError(`${name} is not a recording: ${whatIs(head)}`, FORMS);
}

/** What files of other forms begin with: a capture may be under gzip or zstd, other recordings not. */
const PACKED: readonly (readonly [magic: readonly number[], what: string])[] = [
	[[0x1f, 0x8b], 'gzip'],
	[[0x28, 0xb5, 0x2f, 0xfd], 'zstd'],
	[[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'xz'],
	[[0x42, 0x5a, 0x68], 'bzip2'],
	[[0x50, 0x4b, 0x03, 0x04], 'a zip archive'],
];

/** One clause that tells a person which file was given by mistake, and where. */
function whatIs(head: Buffer): string {
	if (head.subarray(257, 262).toString('latin1') === 'ustar') return 'it is a tar archive; unpack it first';
	const packed = PACKED.find(([magic]) => head.subarray(0, magic.length).equals(Buffer.from(magic)));
	if (packed !== undefined) return `it is ${packed[1]}, and does not contain a capture; unpack it first`;
	if (head[0] === 0xff && head[1] === 0xfe) return 'it is UTF-16 text, as PowerShell writes; save it as UTF-8';
	const binary = head.findIndex((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27) || byte === 127);
	if (binary !== -1) return `it is binary from byte ${binary} on`;
	const line = stripControls(head.toString('utf8').split('\n', 1)[0] ?? '').trim();
	return `line 1 reads “${line.length > 60 ? `${line.slice(0, 60)}…` : line}”`;
}
