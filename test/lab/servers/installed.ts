/** What is installed: commands (those of /usr/sbin, too) and Python modules. */
import {execFileSync} from 'node:child_process';
import {accessSync, constants} from 'node:fs';
import path from 'node:path';

/** The first of these commands that PATH or /usr/sbin has. */
export function commandPath(...names: readonly string[]): string | null {
	const folders = (process.env['PATH'] ?? '').split(':').concat('/usr/sbin', '/sbin');
	const files = names.flatMap((name) => folders.map((folder) => path.join(folder, name)));
	return files.find(isExecutable) ?? null;
}

export function commandMissing(name: string, origin: string): string | null {
	return commandPath(name) === null ? `${name} is missing (${origin})` : null;
}

let interpreter: string | null | undefined;

/** The Python interpreter itself: `python3` on PATH may be a script (pyenv) that starts it. */
export function python(): string {
	interpreter ??= ask('import sys; print(sys.executable)');
	return interpreter ?? 'python3';
}

export function moduleMissing(...modules: readonly string[]): string | null {
	const missing = modules.find((name) => ask(`import ${name}; print(1)`) === null);
	return missing === undefined ? null : `Python's ${missing} is missing (pip install ${missing})`;
}

function ask(program: string): string | null {
	try {
		return execFileSync('python3', ['-c', program], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}).trim();
	} catch {
		return null;
	}
}

function isExecutable(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
