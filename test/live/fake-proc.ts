/** A small /proc in a temporary directory: what a test needs of it, with the links that git would not keep. */
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';

export type FakeProcess = {
	readonly pid: number;
	readonly comm: string;
	readonly exe?: string;
	readonly state?: string;
	readonly ppid?: number;
	readonly flags?: number;
	readonly startTicks?: number;
	/** Descriptor by number: what its link says, `socket:[4711]`. */
	readonly fds?: Readonly<Record<number, string>>;
	/** Files below /proc/PID, by path: `net/tcp`, `limits`. */
	readonly files?: Readonly<Record<string, string>>;
};

export type FakeProc = {
	readonly root: string;
	/** Makes a process, or replaces it. */
	add(process: FakeProcess): void;
	drop(pid: number): void;
	/** Adds a file below /proc/PID. */
	addFile(pid: number, path: string, text: string): void;
	/** Drops every process. */
	clear(): void;
	remove(): void;
};

export function fakeProc(): FakeProc {
	const root = mkdtempSync(join(tmpdir(), 'traefik-top-proc-'));
	const pids = new Set<number>();
	const drop = (pid: number) => {
		pids.delete(pid);
		rmSync(join(root, `${pid}`), {recursive: true, force: true});
	};
	return {
		root,
		add(process) {
			drop(process.pid);
			pids.add(process.pid);
			write(join(root, `${process.pid}`), process);
		},
		drop,
		addFile(pid, path, text) {
			const file = join(root, `${pid}`, path);
			mkdirSync(dirname(file), {recursive: true});
			writeFileSync(file, text);
		},
		clear: () => [...pids].forEach(drop),
		remove: () => rmSync(root, {recursive: true}),
	};
}

function write(directory: string, process: FakeProcess): void {
	const {pid, comm, exe, state = 'S', ppid = 1, flags = 0, startTicks = 100, fds = {}, files = {}} = process;
	mkdirSync(join(directory, 'fd'), {recursive: true});
	mkdirSync(join(directory, 'net'), {recursive: true});
	const middle = new Array(11).fill(0).join(' ');
	const line = `${pid} (${comm}) ${state} ${ppid} ${pid} ${pid} 0 -1 ${flags} ${middle} 0 ${startTicks} 0\n`;
	writeFileSync(join(directory, 'stat'), line);
	if (exe !== undefined) symlinkSync(exe, join(directory, 'exe'));
	for (const [fd, target] of Object.entries(fds)) symlinkSync(target, join(directory, 'fd', fd));
	for (const [path, text] of Object.entries(files)) writeFileSync(join(directory, path), text);
}
