/** Whether another process writes a file without asking for its lock, as a shell's `>` does: /proc says who has it open. */
import {fstatSync, readdirSync, readFileSync, readlinkSync, statSync} from 'node:fs';

/** open(2)'s access mode in fdinfo's octal flags. */
const ACCESS_MODE = 0o3;

/** PID of another process that has the file of `fd` open for writing, by whatever name; null: none that can be seen. */
export function writerOf(fd: number): number | null {
	const {dev, ino} = fstatSync(fd);
	for (const pid of namesIn('/proc')) {
		if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
		for (const other of namesIn(`/proc/${pid}/fd`)) {
			if (isSame(`/proc/${pid}/fd/${other}`, dev, ino) && isWriting(pid, other)) return Number(pid);
		}
	}
	return null;
}

/** None where there is no /proc, or where it may not be read. */
function namesIn(directory: string): string[] {
	try {
		return readdirSync(directory);
	} catch {
		return [];
	}
}

function isSame(link: string, dev: number, ino: number): boolean {
	try {
		// most are sockets and pipes: reading the link is cheaper than looking behind it
		if (!readlinkSync(link).startsWith('/')) return false;
		const stat = statSync(link);
		return stat.dev === dev && stat.ino === ino;
	} catch {
		return false; // it has been closed
	}
}

function isWriting(pid: string, fd: string): boolean {
	try {
		const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1'))?.[1];
		return flags !== undefined && (Number.parseInt(flags, 8) & ACCESS_MODE) !== 0;
	} catch {
		return false;
	}
}
