/** Socket inodes from lines of `FD INODE`; other lines, and fields after the second, are ignored. */
export function parseFds(text: string): Set<number> {
	const inodes = new Set<number>();
	for (const match of text.matchAll(/^[ \t]*\d+[ \t]+(\d{1,15})(?:[ \t].*)?\r?$/gm)) inodes.add(Number(match[1]));
	return inodes;
}
