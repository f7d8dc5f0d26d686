/**
The walls of src/: which folder may import which, and which of them may use which package. CONTRIBUTING.md shows the same
table. A new folder, a new file at the top of src/ and a new package each need a line here.
*/
import assert from 'node:assert/strict';
import {globSync, readFileSync} from 'node:fs';
import {dirname, join, posix} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

/** `isWorld`: may touch files, clocks, threads, processes and the network, and imports from any lower rank. */
type Room = {readonly rank: number; readonly names: readonly string[]; readonly isWorld?: true};

/**
A file imports from its own room and from lower ranks, and from a room of the world only if its own is one. Rooms of one
rank do not import each other. Type imports count, too.
*/
const ROOMS: readonly Room[] = [
	{rank: 0, names: ['errors.ts']},
	{rank: 1, names: ['text/']},
	{rank: 1, names: ['parse/']},
	{rank: 1, names: ['colors.ts']},
	{rank: 2, names: ['reading.ts']},
	{rank: 2, names: ['system/'], isWorld: true},
	{rank: 3, names: ['snapshot.ts']},
	{rank: 3, names: ['source.ts'], isWorld: true},
	{rank: 4, names: ['fold/']},
	{rank: 4, names: ['model/']},
	{rank: 4, names: ['saved/'], isWorld: true},
	{rank: 5, names: ['capture/'], isWorld: true},
	{rank: 6, names: ['live/'], isWorld: true},
	{rank: 6, names: ['recording/'], isWorld: true},
	{rank: 7, names: ['detect/']},
	{rank: 8, names: ['config.ts']},
	{rank: 8, names: ['sink/'], isWorld: true},
	{rank: 8, names: ['output/']},
	{rank: 8, names: ['ui/']},
	{rank: 9, names: ['worker/'], isWorld: true},
	{rank: 9, names: ['page/']},
	{rank: 10, names: ['commands/'], isWorld: true},
	{rank: 11, names: ['cli.ts'], isWorld: true},
];

/** Where in src/ each package may be imported; null: only outside of src/. Packages without a line are refused. */
const PACKAGES: Readonly<Record<string, string | null>> = {
	ink: 'ui/',
	react: 'ui/',
	chalk: 'ui/',
	'ink-table': 'ui/views/backend-table.tsx',
	'string-width': 'text/fit.ts',
	commander: 'cli.ts',
	koffi: 'system/foreign.ts',
	uplot: 'page/',
	'playwright-core': null,
	'axe-core': null,
};

/** Modules of Node that do not reach outside the process: the only ones for rooms that are not of the world. */
const HARMLESS: readonly string[] = ['node:crypto', 'node:module', 'node:tty', 'node:util'];

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

function roomOf(file: string): Room | undefined {
	return ROOMS.find(({names}) => names.some((name) => file === name || (name.endsWith('/') && file.startsWith(name))));
}

/** What a source imports, re-exports, requires or loads on demand, type imports included. */
function importsOf(source: string): string[] {
	const code = source.replace(/^\s*(?:\/\/.*|\/\*[\s\S]*?\*\/)/gm, '');
	const statements =
		/(?<!['"`.])\b(?:from|import|import\s*\(|require\s*\(|\(import\.meta\.url\)\s*\()\s*(['"`])([^'"`\n]+)\1/g;
	return [...code.matchAll(statements)].map(([, , specifier = '']) => specifier);
}

/** Why `file` of src/ may not import this, or null. */
function refusal(file: string, specifier: string): string | null {
	const room = roomOf(file);
	if (room === undefined) return `src/${file} is in no room: add it to the table`;
	if (specifier.startsWith('.')) {
		const target = posix.join(dirname(file), specifier);
		const other = roomOf(target);
		if (other === undefined) return `src/${file} imports ${target}, which is in no room`;
		if (other === room) return null;
		if (other.rank >= room.rank) return `src/${file} (${room.rank}) imports src/${target} (${other.rank}): not lower`;
		return other.isWorld && !room.isWorld ? `src/${file} imports src/${target}, which touches the world` : null;
	}
	if (specifier.startsWith('node:')) {
		const isAllowed = room.isWorld === true || HARMLESS.includes(specifier);
		return isAllowed ? null : `src/${file} imports ${specifier}, which only rooms that touch the world may`;
	}
	const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
	const place = PACKAGES[name] ?? null;
	if (place !== null && (file === place || (place.endsWith('/') && file.startsWith(place)))) return null;
	return `src/${file} imports ${name}: ${place === null ? 'not for src/' : `only src/${place} may`}`;
}

const files = globSync('**/*.{ts,tsx}', {cwd: SRC}).sort();

test('no file of src/ imports what its rank forbids', () => {
	const all = files.flatMap((file) =>
		importsOf(readFileSync(join(SRC, file), 'utf8')).map((specifier) => ({file, specifier})),
	);
	assert.ok(files.length > 200 && all.length > 1000, `${files.length} files, ${all.length} imports`);
	assert.deepEqual(
		all.map(({file, specifier}) => refusal(file, specifier)).filter((each) => each !== null),
		[],
	);
});

test('every room and every place of a package is there', () => {
	const isThere = (name: string) =>
		files.some((file) => file === name || (name.endsWith('/') && file.startsWith(name)));
	const names = [...ROOMS.flatMap((room) => room.names), ...Object.values(PACKAGES).filter((place) => place !== null)];
	assert.deepEqual(
		names.filter((name) => !isThere(name)),
		[],
	);
});

const forbidden: [file: string, source: string, says: RegExp][] = [
	['text/fit.ts', "import {read} from '../live/procfs.ts';", /not lower/],
	['parse/row.ts', "import type {Model} from '../model/model.ts';", /not lower/],
	['text/fit.ts', "export {row} from '../parse/row.ts';", /\(1\) imports .* \(1\): not lower/],
	['fold/clock.ts', "import {build} from '../model/build.ts';", /not lower/],
	['live/live.ts', "const {detect} = await import('../detect/detector.ts');", /not lower/],
	['live/live.ts', "type Assessment = import('../detect/assessment.ts').Assessment;", /not lower/],
	['ui/views/app.tsx', "import {GLYPHS} from '../../output/words.ts';", /not lower/],
	['ui/views/app.tsx', "import {\n\ta,\n\tb,\n} from '../../commands/print.ts';", /not lower/],
	['output/json.ts', "import {Player} from '../worker/player.ts';", /not lower/],
	['output/json.ts', "import {openCapture} from '../capture/open.ts';", /touches the world/],
	['detect/detector.ts', "import type {Source} from '../source.ts';", /touches the world/],
	['commands/live.ts', "import '../cli.ts';", /not lower/],
	['detect/rules/slow.ts', "import {statSync} from 'node:fs';", /node:fs/],
	['new-folder/new.ts', "import {x} from '../text/fit.ts';", /in no room/],
	['text/fit.ts', "import {x} from '../new-folder/new.ts';", /in no room/],
	['output/plain.ts', "import {render} from 'ink';", /only src\/ui\/ may/],
	['commands/live.ts', "import {useState} from 'react';", /only src\/ui\/ may/],
	['commands/live.ts', "import {jsx} from 'react/jsx-runtime';", /only src\/ui\/ may/],
	['ui/views/app.tsx', "import {Table} from 'ink-table';", /only src\/ui\/views\/backend-table\.tsx may/],
	['commands/list.ts', 'import {Command} from "commander";', /only src\/cli\.ts may/],
	['capture/file.ts', "createRequire(import.meta.url)('koffi')", /only src\/system\/foreign\.ts may/],
	['output/html/report-html.ts', "import uPlot from 'uplot';", /only src\/page\/ may/],
	['commands/report.ts', "import {chromium} from 'playwright-core';", /not for src/],
	['page/page.ts', "await import('axe-core')", /not for src/],
	['text/fit.ts', "import * as pad from 'left-pad';", /not for src/],
];
for (const [file, source, says] of forbidden) {
	test(`src/${file} may not: ${source.replace(/\s+/g, ' ')}`, () => {
		const [specifier = ''] = importsOf(source);
		assert.match(refusal(file, specifier) ?? 'allowed', says);
	});
}

const allowed: [file: string, source: string][] = [
	['model/build.ts', "import {plural} from '../text/plural.ts';"],
	['worker/player.ts', "import type {Model} from '../model/model.ts';"],
	['commands/live.ts', "import {openRecordings} from '../recording/timeline.ts';"],
	['ui/views/backend-table.tsx', "import {Table} from 'ink-table';"],
	['live/live.ts', "import {readFileSync} from 'node:fs';"],
];
for (const [file, source] of allowed) {
	test(`src/${file} may: ${source}`, () => {
		assert.deepEqual(
			importsOf(source).map((specifier) => refusal(file, specifier)),
			[null],
		);
	});
}

test('an import quoted in a comment does not count', () => {
	assert.deepEqual(importsOf("/**\nas in: import {x} from '../cli.ts';\n*/\n// import 'ink'\nconst x = 1;"), []);
});

test('CONTRIBUTING.md shows the same tables', () => {
	const page = readFileSync(new URL('../CONTRIBUTING.md', import.meta.url), 'utf8');
	const cells = (line: string) =>
		line
			.split('|')
			.slice(1, -1)
			.map((cell) => cell.trim());
	const names = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
	const rows = page.split('\n').filter((line) => line.startsWith('|'));
	const shown = rows.map(cells).filter(([rank = '']) => /^\d+$/.test(rank));
	assert.deepEqual(
		shown.map(([rank, room = '', world]) => ({rank: Number(rank), names: names(room), isWorld: world === 'yes'})),
		ROOMS.map(({rank, names, isWorld}) => ({rank, names: [...names], isWorld: isWorld === true})),
	);
	const places = rows.map(cells).filter(([name = '', place]) => name.startsWith('`') && place !== undefined);
	assert.deepEqual(
		Object.fromEntries(places.map(([name = '', place = '']) => [names(name)[0], names(place)[0] ?? null])),
		PACKAGES,
	);
});
