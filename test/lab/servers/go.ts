import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {commandMissing, commandPath} from './installed.ts';
import {behaviourFile, type Server} from './server.ts';

let program: string | null = null;

/** Compiled once for all backends: the first time that takes most of a minute. */
function build(): string {
	if (program !== null) return program;
	const folder = mkdtempSync(path.join(os.tmpdir(), 'tt-go-'));
	process.once('exit', () => rmSync(folder, {recursive: true}));
	program = path.join(folder, 'application');
	const source = path.join(import.meta.dirname, 'applications/application.go');
	execFileSync(commandPath('go') ?? 'go', ['build', '-o', program, source], {stdio: ['ignore', 'ignore', 'inherit']});
	return program;
}

/** Go's net/http, which serves every connection at once; with a keep-alive of 0 it ends each after its answer. */
export const go: Server = {
	about: "Go's net/http: a goroutine per connection, any number at a time",
	usual: {workers: 1, threads: 1},
	can: ['close'],
	capacity: () => null,
	missing: () => commandMissing('go', 'apt install golang-go'),
	plan: ({name, folder, host, port, tuning}) => ({
		files: {},
		commands: [
			[
				build(),
				...[name, behaviourFile(folder), `${host.includes(':') ? `[${host}]` : host}:${port}`],
				String(tuning.keepAliveSeconds ?? 120),
			],
		],
	}),
};
