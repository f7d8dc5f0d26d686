/**
Writes what the kernel says about Traefik's namespace, once per interval, as `<unix ms>/{tcp,tcp6,snmp,netstat,sockstat,fds,pid,diag}`.
It runs inside the namespace (ss shows only its own) and opens no TCP socket there. A dead Traefik leaves an empty folder.
*/
import {execFile} from 'node:child_process';
import {mkdir, readdir, readFile, readlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {promisify} from 'node:util';
import {agentOptions, obey, tell} from './order.ts';

export type RecorderOptions = {readonly directory: string; readonly intervalMs: number; readonly pid: number};
export type RecorderOrder = {readonly pid: number} | {readonly finish: true};

const run = promisify(execFile);
const {directory, intervalMs, pid} = agentOptions<RecorderOptions>();
let traefik = pid;
let isFinishing = false;

obey<RecorderOrder>((order) => {
	if ('pid' in order) traefik = order.pid;
	else isFinishing = true;
});

let due = Date.now();
while (!isFinishing) {
	await snapshot();
	due = Math.max(due + intervalMs, Date.now() - intervalMs);
	await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - Date.now())));
}
tell({finished: true});

async function snapshot(): Promise<void> {
	const folder = path.join(directory, String(Date.now()));
	await mkdir(folder);
	const save = (name: string, text: string | Buffer) => writeFile(path.join(folder, name), text);
	const proc = `/proc/${traefik}`;
	try {
		for (const name of ['tcp', 'tcp6', 'snmp', 'netstat', 'sockstat'])
			await save(name, await readFile(`${proc}/net/${name}`));
		await save('fds', await sockets(`${proc}/fd`));
		const {stdout} = await run('ss', ['-tinaOHe'], {maxBuffer: 256 * 1024 * 1024});
		await save('diag', stdout);
		await save('pid', `${traefik}\n`);
	} catch (error) {
		const {code} = error as NodeJS.ErrnoException;
		if (code !== 'ENOENT' && code !== 'ESRCH' && code !== 'EINVAL') throw error;
	}
}

async function sockets(folder: string): Promise<string> {
	const lines = await Promise.all(
		(await readdir(folder)).map(async (fd) => {
			const target = await readlink(path.join(folder, fd)).catch(() => '');
			const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
			return inode === undefined ? '' : `${fd} ${inode}\n`;
		}),
	);
	return lines.join('');
}
