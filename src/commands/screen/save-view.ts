/** Writes how the table looks into the config file; everything else in that file stays as it is. */
import {chownSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {UserError} from '../../errors.ts';
import {stripControls} from '../../text/strip-controls.ts';

/** `null` takes a key out. Returns a line that says where it was written. */
export function saveView(path: string | null, view: Readonly<Record<string, unknown>>): string {
	if (path === null)
		throw new UserError('no directory for a config file (HOME is not set)', 'name a file with --config');
	const shown = stripControls(path);
	const config = readJson(path, shown);
	for (const [key, value] of Object.entries(view)) {
		if (value === null || value === undefined) delete config[key];
		else config[key] = value;
	}
	const part = `${path}.part-${process.pid}`;
	try {
		const folder = dirname(path);
		makeFolder(folder);
		writeFileSync(part, `${JSON.stringify(config, null, '\t')}\n`, {flag: 'wx'});
		// Under sudo it is the invoking user's file, and stays that.
		const {uid, gid} = ownerOf(path) ?? statSync(folder);
		if (process.getuid?.() === 0) chownSync(part, uid, gid);
		renameSync(part, path);
	} catch (error) {
		rmSync(part, {force: true});
		throw new UserError(`cannot write ${shown}: ${reasonOf(error)}`, 'name another file with --config');
	}
	return `written: columns, sort, zoom and groups, to ${shown}`;
}

/** Each new one belongs to whom the folder around it belongs. */
function makeFolder(folder: string): void {
	if (ownerOf(folder) !== null) return;
	makeFolder(dirname(folder));
	mkdirSync(folder);
	const {uid, gid} = statSync(dirname(folder));
	if (process.getuid?.() === 0) chownSync(folder, uid, gid);
}

function ownerOf(path: string): {readonly uid: number; readonly gid: number} | null {
	return statSync(path, {throwIfNoEntry: false}) ?? null;
}

function readJson(path: string, shown: string): Record<string, unknown> {
	let text: string;
	try {
		text = readFileSync(path, 'utf8');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
		throw new UserError(`cannot read ${shown}: ${reasonOf(error)}`, 'name another file with --config');
	}
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
	} catch {}
	throw new UserError(`${shown} is no longer a JSON object and was left unchanged`, 'correct it');
}

function reasonOf(error: unknown): string {
	const {code} = error as NodeJS.ErrnoException;
	return code === 'EACCES' ? 'permission denied' : code === 'EROFS' ? 'read-only file system' : (code ?? String(error));
}
