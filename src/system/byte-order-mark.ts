/** What Notepad and PowerShell put before a text in UTF-8. */
const MARK = [0xef, 0xbb, 0xbf];

/** Bytes of the mark that the beginning of a file holds: 3 or 0. */
export function markBytes(head: Uint8Array): number {
	return MARK.every((byte, i) => head[i] === byte) ? MARK.length : 0;
}
