/** docs/json.md names every field that the built bin prints, and none that it does not. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {runBin} from '../e2e/bin.ts';

const page = readFileSync(new URL('../../docs/json.md', import.meta.url), 'utf8');
const FIXTURES = new URL('../../fixtures/recordings/', import.meta.url).pathname;

/** The rows of the table under a heading: `a.b`, `.c` and `….{d,e}` are the paths a.b, a.c, and .d and .e of anything. */
function documented(heading: string): string[] {
	const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? assert.fail(`no section ${heading}`);
	const paths: string[] = [];
	for (const [, cell = ''] of section.matchAll(/^\| (`[^|]*)\|/gm)) {
		let parent = '';
		for (const [, path = ''] of cell.matchAll(/`([^`]+)`/g)) {
			const whole = path.startsWith('.') ? parent + path : path;
			parent = whole.replace(/\.[^.]*$/, '');
			const braces = /^(.*)\{(.*)\}$/.exec(whole);
			paths.push(...(braces === null ? [whole] : (braces[2] ?? '').split(',').map((name) => `${braces[1]}${name}`)));
		}
	}
	return paths;
}

/** Every path of a value that has no other below it, list members as `[]`; findings are a matter of their own. */
function pathsOf(value: unknown, path = ''): string[] {
	if (Array.isArray(value)) {
		if (path.endsWith('findings')) return [`${path}[]`];
		return value.length === 0 ? [`${path}[]`] : value.flatMap((each) => pathsOf(each, `${path}[]`));
	}
	if (value === null || typeof value !== 'object' || path.endsWith('worst')) return [path];
	return Object.entries(value).flatMap(([key, each]) => pathsOf(each, path === '' ? key : `${path}.${key}`));
}

async function printed(...args: string[]): Promise<string> {
	const {code, stdout, stderr} = await runBin(args);
	assert.equal(code, 0, stderr);
	return stdout;
}

function assertSame(values: readonly unknown[], heading: string, also: readonly string[] = []): void {
	// `responseMs`, `connections` and their members are said in words.
	const said = new Set(
		values
			.flatMap((value) => pathsOf(value))
			.map((path) => path.replace(/\.responseMs\.\w+$/, '.responseMs'))
			.map((path) => path.replace(/^.*backends\[\]\.connections\./, '….connections.'))
			.map((path) => path.replace(/listeners\[\]\.connections\..*$/, 'listeners[].connections')),
	);
	assert.deepEqual([...said].sort(), [...new Set([...documented(heading), ...also])].sort());
}

const killed = `${FIXTURES}killed.capture`;

test('names every field of a snapshot with its sockets', async () => {
	const both = await Promise.all(
		['20%', '60%'].map((at) => printed('snapshot', '--json', '--sockets', '--at', at, killed)),
	);
	assertSame(
		both.map((text) => JSON.parse(text)),
		'snapshot --json',
	);
});

test('names every field of a report', async () => {
	const report = JSON.parse(await printed('report', '--format', 'json', killed));
	assertSame([{...report, gaps: [{from: 0, to: 0}]}], 'report --format json');
});

test('names every field of a status', async () => {
	assertSame([JSON.parse(await printed('status', '--format', 'json', killed))], 'status --format json');
});

test('names every field of a finding, alike in a report and in a line of watch', async () => {
	const slow = `${FIXTURES}slow.capture`;
	const reports = await Promise.all([killed, slow].map((path) => printed('report', '--format', 'json', path)));
	const findings = reports.flatMap((text) => (JSON.parse(text) as {findings: object[]}).findings);
	const watched = await Promise.all([killed, slow].map((path) => printed('watch', path)));
	const lines = watched.join('').trim().split('\n');
	const found = lines.map((line) => JSON.parse(line) as {type: string}).filter(({type}) => type === 'finding');
	assert.ok(findings.length > 0 && found.length > 0);
	const fields = (values: readonly object[]) => [
		...new Set(
			values
				.flatMap((value) => pathsOf(value))
				.map((path) => path.replace(/evidence\.(?!began).*/, 'evidence.*').replace(/peak\..*/, 'peak.*')),
		),
	];
	assert.deepEqual(fields(findings), documented('A finding'));
	assert.deepEqual(fields(found), ['type', 'event', ...documented('A finding')]);
});
