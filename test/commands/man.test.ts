import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {COMMANDS} from '../../src/commands/list.ts';
import {manPage} from '../../src/commands/man.ts';
import {VERSION} from '../../src/system/installation.ts';

const FILE = fileURLToPath(new URL('../../docs/traefik-top.1', import.meta.url));
const page = manPage(COMMANDS, VERSION);
const plain = page
	.replaceAll(/\\f[BIR]/g, '')
	.replaceAll('\\-', '-')
	.replaceAll('\\(aq', "'")
	.replaceAll('\\(ti', '~');

test('the man page that is shipped is that of the commands: npm run man', () => {
	assert.equal(readFileSync(FILE, 'utf8'), page);
	const {man} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
	// npm links the pages of a list only
	assert.deepEqual(man, ['./docs/traefik-top.1']);
});

test('the man page names every command with its examples, and every option', () => {
	for (const {name, options, examples} of COMMANDS) {
		assert.ok(plain.includes(`traefik-top ${name}`.trim()), name);
		for (const {flags} of options) assert.ok(plain.includes(`\n${flags}\n`), flags);
		for (const [, what] of examples) assert.ok(plain.includes(`Example, ${what}:`), what);
	}
});

test('no text begins a line that roff takes for a request', () => {
	const requests = new Set(page.split('\n').flatMap((line) => /^([.'][^ ]*)/.exec(line)?.slice(1) ?? []));
	assert.deepEqual([...requests].sort(), [
		'.B',
		'.BR',
		'.PP',
		'.RE',
		'.RS',
		'.SH',
		'.SS',
		'.TH',
		'.TP',
		'.br',
		'.fi',
		'.nf',
	]);
});

const groff = spawnSync('groff', ['--version']).status === 0;

test('groff sets it without a warning', {skip: groff ? false : 'groff is missing'}, () => {
	const {stdout, stderr, status} = spawnSync('groff', ['-man', '-ww', '-Tascii', '-P-cbou'], {
		input: page,
		encoding: 'utf8',
	});
	assert.deepEqual({status, stderr}, {status: 0, stderr: ''});
	assert.match(stdout, /--name <ip:port=name>\n\s+name a backend \(repeatable\)/);
});
