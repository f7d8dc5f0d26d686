/** One process's descriptors: its sockets, and how many it may still open. */
import {opendirSync, readdirSync, readlinkSync, statfsSync, statSync} from 'node:fs';
import {codeOf, isDenied, trySmall} from '../system/proc-file.ts';

export type OpenFiles = {readonly open: number; readonly limit: number};

/** PROC_SUPER_MAGIC (include/uapi/linux/magic.h). */
const PROC_MAGIC = 0x9fa0;
/** Rights and the limit change rarely; where descriptors have to be counted one by one, that is dear. */
const RECHECK_MS = 10_000;

export class DescriptorReader {
	readonly #directory: string;
	#isReadable = false;
	#accessMs = Number.NEGATIVE_INFINITY;
	#limit: number | null = null;
	#limitMs = Number.NEGATIVE_INFINITY;
	#counted: number | null = null;
	#countedMs = Number.NEGATIVE_INFINITY;

	/** `directory`: /proc/PID. */
	constructor(directory: string) {
		this.#directory = directory;
	}

	/**
	Whether the links in /proc/PID/fd may be read. The kernel asks for the same right as for /proc/PID/exe
	(proc_fd_access_allowed), besides those of opening and entering the directory. Tried, not asked of access(2): that one
	answers for the real user and forgets the capabilities of a service that is not root.
	*/
	isReadable(clockMs: number): boolean {
		if (clockMs - this.#accessMs < RECHECK_MS) return this.#isReadable;
		this.#accessMs = clockMs;
		try {
			opendirSync(`${this.#directory}/fd`).closeSync();
			statSync(`${this.#directory}/fd/.`);
			readlinkSync(`${this.#directory}/exe`);
			this.#isReadable = true;
		} catch (error) {
			this.#isReadable = !isDenied(codeOf(error));
		}
		return this.#isReadable;
	}

	/** The inodes of its sockets, TCP or not; null: denied, or the process is gone. */
	inodes(): Set<number> | null {
		const inodes = new Set<number>();
		const end = visitSockets(this.#directory, (inode) => {
			inodes.add(inode);
			return false;
		});
		if (end === 'denied') this.#isReadable = false;
		return end === 'done' ? inodes : null;
	}

	openFiles(clockMs: number): OpenFiles | null {
		if (clockMs - this.#limitMs >= RECHECK_MS) {
			this.#limitMs = clockMs;
			this.#limit = parseOpenFilesLimit(trySmall(`${this.#directory}/limits`) ?? '');
		}
		const open = this.#count(clockMs);
		return open === null || this.#limit === null ? null : {open, limit: this.#limit};
	}

	/** Since Linux 6.2 the directory's size is the number (proc_readfd_count); before that they have to be listed. */
	#count(clockMs: number): number | null {
		const path = `${this.#directory}/fd`;
		try {
			const {size} = statSync(path);
			if (size > 0 && isProcfs(path)) return size;
			if (clockMs - this.#countedMs >= RECHECK_MS) {
				this.#countedMs = clockMs;
				this.#counted = readdirSync(path).length;
			}
			return this.#counted;
		} catch (error) {
			codeOf(error);
			return null;
		}
	}
}

let knownProcfs: boolean | null = null;

/** Any other file system has another idea of a directory's size. All processes of a run share one. */
function isProcfs(path: string): boolean {
	knownProcfs ??= statfsSync(path).type === PROC_MAGIC;
	return knownProcfs;
}

/** Calls `visit` for each socket that /proc/PID/fd links to until it returns true. 'gone' or 'denied': not (all) visited. */
export function visitSockets(
	directory: string,
	visit: (inode: number, path: string) => boolean,
): 'done' | 'gone' | 'denied' {
	try {
		for (const name of readdirSync(`${directory}/fd`)) {
			const path = `${directory}/fd/${name}`;
			const inode = socketInode(path);
			if (inode !== null && visit(inode, path)) break;
		}
		return 'done';
	} catch (error) {
		return isDenied(codeOf(error)) ? 'denied' : 'gone';
	}
}

/** `socket:[4711]` → 4711. null: no socket, or closed since the directory was listed. */
export function socketInode(path: string): number | null {
	try {
		const target = readlinkSync(path);
		return target.startsWith('socket:[') ? Number.parseInt(target.slice(8), 10) : null;
	} catch (error) {
		if (isDenied(codeOf(error))) throw error;
		return null;
	}
}

/** The soft limit of /proc/PID/limits; null where it is unlimited or not said. */
export function parseOpenFilesLimit(limits: string): number | null {
	const soft = /^Max open files\s+(\d+)\s/m.exec(limits)?.[1];
	return soft === undefined ? null : Number(soft);
}
