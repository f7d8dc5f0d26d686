import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
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
	for (let i = 0; i < times; i++) hook.tell([i === 0 ? slow : {...slow, backend: `10.0.3.${i}:8080`}], []);
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
	const named = [2, 3, 4].map((last) => `slow of 10.0.3.${last}:8080 opened`);
	assert.deepEqual(await complaints({runsPerMinute: 2}, 5), [
		`--on-finding: 3 runs skipped: more than 2 a minute: ${named.join(', ')}`,
	]);
});

/** A hook that is busy with a first finding until it is let go, and what it is told after that. */
async function whileBusy(act: (hook: FindingHook) => void, options: Partial<HookOptions> = {}) {
	const folder = mkdtempSync(join(directory, 'busy-'));
	const [gate, told] = [join(folder, 'gate'), join(folder, 'told')];
	execFileSync('mkfifo', [gate]);
	const said: string[] = [];
	const command = `if [ "$TRAEFIK_TOP_RULE" = hung ]; then cat ${gate} > ${folder}/read; else echo "$TRAEFIK_TOP_EVENT $TRAEFIK_TOP_BACKEND" >> ${told}; fi`;
	const hook = new FindingHook({command, isShell: true, complain: (text) => said.push(text), ...options});
	hook.tell([{...slow, rule: 'hung'}], []);
	act(hook);
	writeFileSync(gate, '');
	await hook.close(20_000);
	return {said, told: existsSync(told) ? readFileSync(told, 'utf8').trim().split('\n') : []};
}

test('a finding that closes while it waits is told by its closing alone', async () => {
	const {said, told} = await whileBusy((hook) => {
		hook.tell([slow], []);
		hook.tell([], [{...slow, to: NOW + 1}]);
	});
	assert.deepEqual(told, ['closed 10.0.3.12:8080']);
	assert.deepEqual(said, ['--on-finding: 1 run skipped: closed before its turn: slow of 10.0.3.12:8080 opened']);
});

test('the queue of the hook is bounded, and what was left out is said', async () => {
	const {said, told} = await whileBusy(
		(hook) => {
			for (let i = 0; i < 1000; i++) hook.tell([{...slow, backend: `10.0.0.1:${i}`}], []);
		},
		{maxWaiting: 3},
	);
	assert.deepEqual(told, ['opened 10.0.0.1:0', 'opened 10.0.0.1:1', 'opened 10.0.0.1:2']);
	const named = [3, 4, 5].map((port) => `slow of 10.0.0.1:${port} opened`).join(', ');
	assert.deepEqual(said, [`--on-finding: 997 runs skipped: more than 3 were waiting: ${named} and 994 more`]);
});

test('a finding that opens again is another one', async () => {
	const {told} = await whileBusy((hook) => {
		hook.tell([], [{...slow, to: NOW + 1}]);
		hook.tell([{...slow, from: NOW + 2}], []);
	});
	assert.deepEqual(told, ['closed 10.0.3.12:8080', 'opened 10.0.3.12:8080']);
});

test('a run that cannot be started for its size is said, and the next one runs', async () => {
	const said = await complaints({command: 'true'}, 2);
	assert.deepEqual(said, []);
	const huge: string[] = [];
	const hook = new FindingHook({command: 'true', isShell: false, complain: (text) => huge.push(text)});
	hook.tell(
		[
			{...slow, message: 'x'.repeat(1 << 20)},
			{...slow, backend: '10.0.3.9:8080'},
		],
		[],
	);
	await hook.close(20_000);
	assert.deepEqual(huge, ['--on-finding: true cannot be run: E2BIG']);
});

test('without descriptors left a run is said to fail, and the watch goes on', {
	skip: process.platform === 'linux' ? false : 'needs a limit of descriptors',
}, () => {
	const hook = new URL('../../src/sink/finding-hook.ts', import.meta.url);
	const script = `
		import {openSync} from 'node:fs';
		import {FindingHook} from '${hook}';
		const said = [];
		const hook = new FindingHook({command: 'true', isShell: false, complain: (text) => said.push(text)});
		const open = [];
		try { for (;;) open.push(openSync('/dev/null')); } catch {}
		hook.tell([${JSON.stringify(slow)}], []);
		await hook.close(5000);
		const {closeSync} = await import('node:fs');
		for (const fd of open) closeSync(fd);
		hook.tell([${JSON.stringify({...slow, backend: '10.0.3.9:8080'})}], []);
		await hook.close(5000);
		console.log(JSON.stringify(said));`;
	const command = 'ulimit -n 100; exec "$0" --input-type=module -e "$1"';
	const out = execFileSync('sh', ['-c', command, process.execPath, script], {encoding: 'utf8'});
	assert.deepEqual(JSON.parse(out), ['--on-finding: true cannot be run: EMFILE']);
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
	test(`a command that cannot be split is a usage error: "${command}"`, () => {
		assert.throws(() => splitWords(command), UserError);
	});
}
