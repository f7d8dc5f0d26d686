import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {UserError} from '../../src/errors.ts';
import {FindingHook, type HookOptions, splitWords} from '../../src/sink/finding-hook.ts';
import {findingOf, NOW} from '../ui/models.ts';

const directory = mkdtempSync(join(tmpdir(), 'traefik-top-hook-'));
after(() => rmSync(directory, {recursive: true}));

const slow = findingOf({rule: 'slow', severity: 'degraded', message: 'm; $(id)'}, 'lb1/1', '10.0.3.12:8080', NOW);

/** Runs a hook on what opened and closed, and gives back its complaints. */
async function complaints(options: Partial<HookOptions>, times = 1): Promise<string[]> {
	const said: string[] = [];
	const hook = new FindingHook({command: 'true', isShell: false, complain: (text) => said.push(text), ...options});
	for (let i = 0; i < times; i++) hook.tell([slow], []);
	await hook.close(20_000);
	return said;
}

test('the hook gets the finding on stdin and in the environment', async () => {
	const file = join(directory, 'told');
	const command = `{ cat; echo "$TRAEFIK_TOP_EVENT $TRAEFIK_TOP_RULE $TRAEFIK_TOP_BACKEND $TRAEFIK_TOP_MESSAGE"; } > ${file}`;
	assert.deepEqual(await complaints({command, isShell: true}), []);
	const [json = '', environment] = readFileSync(file, 'utf8').split('\n');
	assert.deepEqual(JSON.parse(json), {event: 'opened', ...slow});
	assert.equal(environment, 'opened slow 10.0.3.12:8080 m; $(id)');
});

test('without --on-finding-shell nothing is a shell', async () => {
	const file = join(directory, 'words');
	assert.deepEqual(await complaints({command: `tee "${file}"`}), []);
	assert.equal(JSON.parse(readFileSync(file, 'utf8')).rule, 'slow');
	assert.match((await complaints({command: 'true && false'}))[0] ?? 'nothing', /nothing/);
});

test('a hook that fails is said, with its last words', async () => {
	const said = await complaints({command: 'echo first >&2; echo no route >&2; exit 3', isShell: true});
	assert.deepEqual(said, ['--on-finding: sh failed (exit code 3): no route']);
});

test('a hook that is not there is said', async () => {
	assert.deepEqual(await complaints({command: '/nonexistent/notify'}), [
		'--on-finding: /nonexistent/notify cannot be run: ENOENT',
	]);
});

test('a hook that hangs is ended, and what it started with it', async () => {
	const said = await complaints({command: 'sleep 1000 & wait', isShell: true, timeLimitMs: 200});
	assert.deepEqual(said, ['--on-finding: sh was ended: it took longer than 0.2 s']);
});

test('more runs than allowed are left out and counted', async () => {
	assert.deepEqual(await complaints({runsPerMinute: 2}, 5), ['--on-finding: 3 runs left out: more than 2 a minute']);
});

test('a notice runs nothing', async () => {
	const said: string[] = [];
	const hook = new FindingHook({command: 'false', isShell: false, complain: (text) => said.push(text)});
	hook.tell([{...slow, severity: 'notice'}], [{...slow, severity: 'notice'}]);
	await hook.close(5000);
	assert.deepEqual(said, []);
});

const commands: [command: string, words: string[]][] = [
	['notify', ['notify']],
	['  notify  -u critical ', ['notify', '-u', 'critical']],
	['notify "two words" \'and "three"\'', ['notify', 'two words', 'and "three"']],
	['a"b c"d', ['ab cd']],
];
for (const [command, words] of commands) {
	test(`the command splits into its words: ${command}`, () => assert.deepEqual(splitWords(command), words));
}
for (const command of ['', '   ', 'notify "open']) {
	test(`what cannot be split is a usage error: "${command}"`, () => {
		assert.throws(() => splitWords(command), UserError);
	});
}
