import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {COMMANDS} from '../../src/commands/list.ts';
import {collect, PROGRAM, runBin, seen, startBin} from './bin.ts';

const directory = mkdtempSync(join(tmpdir(), 'traefik-top-cli-'));
after(() => rmSync(directory, {recursive: true}));

/** No process is named so: as on a machine without Traefik. */
const NOBODY = ['--match', '^nobody-is-named-so$'];

for (const {name, options, examples} of COMMANDS) {
	const args = [...(name === '' ? [] : [name]), '--help'];
	test(`traefik-top ${args.join(' ')} explains every option with an example`, async () => {
		const {stdout, stderr, code} = await runBin(args);
		assert.equal(code, 0);
		assert.equal(stderr, '');
		const flat = stdout.replace(/\s+/g, ' ');
		for (const {flags, example} of options) {
			assert.ok(flat.includes(flags), `lacks ${flags}`);
			assert.ok(flat.includes(`e.g. ${example}`), `lacks ${example}`);
		}
		for (const [command] of examples) assert.ok(stdout.includes(command));
	});
}

test('--version prints the version of package.json', async () => {
	const {version} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
	assert.deepEqual(await runBin(['--version']), {code: 0, signal: null, stdout: `${version}\n`, stderr: ''});
});

const usage: [args: string[], says: RegExp][] = [
	[['snapsot'], /unknown command "snapsot"; did you mean snapshot\?/],
	[['snapshot', '--jsn'], /unknown option '--jsn'; did you mean --json\?/],
	[['snapshot', '--source', 'txt'], /--source cannot be "txt"; did you mean text\?/],
	[['snapshot', '--pid', 'traefik'], /not a process id: "traefik"/],
	[['snapshot', '--match', '('], /not a regular expression/],
	[['snapshot', '--interval', '5'], /not a duration: "5"/],
	[['snapshot', '--interval', '1ms'], /at least 100ms/],
	[['snapshot', '--backend', '10.0.0'], /not an address pattern: "10\.0\.0"/],
	[['snapshot', '--name', '10.0.0.7'], /not an address and a name/],
	[['snapshot', '--tz', 'Mars/Olympus'], /not a time zone: "Mars\/Olympus"/],
	[['snapshot', '--sockets'], /--sockets needs --json; add --json/],
	[['snapshot', '--at', '-5m'], /--at needs a recording/],
	[['snapshot', '/tmp', '--pid', '1'], /--pid is for the live view/],
	[['snapshot', '/tmp', '--for', '5s'], /--for is for the live view/],
	[['status', '--format', 'xml'], /unknown format "xml"/],
	[['status', '--format', '{nope}'], /unknown template field \{nope\}; the fields are \{state\}/],
	[['status', '--format', '{state'], /brace/],
	[['status', '--width', '0'], /not a width: "0"/],
	[
		['completion', 'bash', 'zsh'],
		/too many arguments for 'completion': expected 1, got 2; see traefik-top completion --help/,
	],
	[['help', 'reprot'], /unknown command "reprot"; did you mean report\?/],
	[['report', '/tmp', '--for', '5s'], /--for is for the live view/],
	[['report'], /report needs a recording/],
	[['record'], /record needs an output file/],
	[['record', '-o', '-'], /cannot be a pipe; name a file/],
	[['watch', '--record', '-'], /the file of --record cannot be a pipe/],
	[['watch', '/tmp', '--on-finding', 'cat'], /--on-finding is for the live view/],
	[['replay'], /replay needs a recording; name one \(\/var\/lib\/traefik-top does not exist\)/],
	[['record', '-o', 'x', '--since', '14:02'], /--since needs a recording; name it with --from/],
	[['record', '-o', 'x', 'y'], /record takes a recording only with --from: y/],
	[['report', '--for', '5s', '--until', '14:02'], /--until needs a recording/],
	[['export', '--listen', 'nonsense'], /not an address to listen on: "nonsense"/],
	[['completion', 'tcsh'], /no completion for "tcsh"; give bash, zsh, fish/],
	[['--on-finding-shell', 'watch', '--match', 'x'], /--on-finding-shell needs a command; add --on-finding CMD/],
	[['--record', 'x', 'status'], /--record is not an option of status/],
	[
		['snapshot', '--config', '/nonexistent/config.json'],
		/cannot read the config \/nonexistent\/config\.json: no such file/,
	],
];

for (const [args, says] of usage) {
	test(`a usage error is one line and exit code 2: ${args.join(' ')}`, async () => {
		const {stdout, stderr, code} = await runBin(args);
		assert.match(stderr, says);
		assert.match(stderr, /^traefik-top: [^\n]+; [^\n]+\n$/);
		assert.equal(stdout, '');
		assert.equal(code, 2);
	});
}

test('check, and status --exit-code, exit with 3 for every error', async () => {
	assert.equal((await runBin(['check', '--nope'])).code, 3);
	assert.equal((await runBin(['check', '--config', '/nonexistent'])).code, 3);
	assert.equal((await runBin(['status', '--exit-code', '--nope'])).code, 3);
	assert.equal((await runBin(['status', '--nope'])).code, 2);
});

test('an error of check, and of a status for tmux, is where Nagios and tmux read', async () => {
	const missing = 'cannot read the config /nonexistent/#1: no such file; name another one with --config';
	const check = await runBin(['check', '--config', '/nonexistent/#1']);
	assert.equal(check.stdout, `TRAEFIK UNKNOWN - ${missing}\n`);
	assert.match((await runBin(['check', '--nope'])).stdout, /^TRAEFIK UNKNOWN - unknown option '--nope'; [^\n]+\n$/);
	const status = await runBin(['status', '--format', 'tmux', '--config', '/nonexistent/#1']);
	assert.equal(status.stdout, `? traefik-top: ${missing.replace('#', '##')}\n`);
	assert.equal(status.stderr, `traefik-top: ${missing}\n`);
});

const full: [args: string[], code: number][] = [
	[['recorder'], 1],
	[['--help'], 1],
	[['check', '--for', '100ms', ...NOBODY], 3],
];
for (const [args, code] of full) {
	test(`${args[0]} says that standard output takes no more, and ends with ${code}`, () => {
		const [file, ...first] = PROGRAM;
		const stdout = openSync('/dev/full', 'w');
		const {status, stderr} = spawnSync(file, [...first, ...args], {
			stdio: ['ignore', stdout, 'pipe'],
			encoding: 'utf8',
		});
		closeSync(stdout);
		assert.equal(
			stderr,
			'traefik-top: cannot write to standard output: no space left on device; write somewhere else, or free some space\n',
		);
		assert.equal(status, code);
	});
}

test('options may come before the command', async () => {
	const {stderr, code} = await runBin([...NOBODY, 'snapshot']);
	assert.match(stderr, /nobody-is-named-so/);
	assert.equal(code, 3);
});

test('snapshot without a Traefik says so on stderr alone and exits with 3', async () => {
	const {stdout, stderr, code} = await runBin(['snapshot', '--json', ...NOBODY]);
	assert.equal(stdout, '');
	assert.match(stderr, /^traefik-top: no Traefik process found: [^\n]+; name it with --pid or --match\n$/);
	assert.equal(code, 3);
});

test('status without a Traefik shows that it knows nothing and exits with 3', async () => {
	const {stdout, code} = await runBin(['status', ...NOBODY]);
	assert.match(stdout, /^~\? unknown · no Traefik process found/);
	assert.equal(code, 3);
});

for (const command of ['snapshot', 'status', 'check']) {
	test(`${command} ends with 3 where nobody answers behind --via`, async () => {
		const {stdout, code} = await runBin([command, '--via', 'false', ...NOBODY]);
		assert.match(stdout, /false: ended with 1/);
		assert.equal(code, 3);
	});
}

test('check without a Traefik is UNKNOWN', async () => {
	const {stdout, code} = await runBin(['check', '--for', '100ms', ...NOBODY]);
	assert.match(stdout, /^TRAEFIK UNKNOWN - no Traefik process found/);
	assert.equal(code, 3);
});

test('a pid that is nobody is said to be none', async () => {
	const {stderr, code} = await runBin(['snapshot', '--pid', '4194303']);
	assert.match(stderr, /no process 4194303\b/);
	assert.equal(code, 3);
});

for (const [signal, code] of [
	['SIGINT', 130],
	['SIGTERM', 143],
	['SIGHUP', 129],
] as const) {
	test(`watch ends with ${code} on ${signal}`, async () => {
		const child = startBin(['watch', ...NOBODY]);
		const ran = collect(child);
		await seen(child.stdout, /"type":"snapshot"/);
		child.kill(signal);
		assert.equal((await ran).code, code);
	});
}

test('record ends with 0 when it is told to stop, and leaves a recording', async () => {
	const path = join(directory, 'nobody.capture');
	const child = startBin(['record', '-o', path, ...NOBODY, '--interval', '100ms']);
	const ran = collect(child);
	await seen(child.stderr, /waiting for one/);
	child.kill('SIGINT');
	assert.equal((await ran).code, 0);
	const report = await runBin(['report', '--format', 'json', path]);
	assert.ok(JSON.parse(report.stdout).snapshots >= 1);
});

const configs: [what: string, text: string, says: RegExp][] = [
	[
		'a wrong key',
		'{\n\t"interval": "2s",\n\t"backends": []\n}',
		/bad\.json:3: unknown key "backends"; did you mean "backend"\?/,
	],
	['a wrong value', '{\n"match": 7}', /bad\.json:2: "match" cannot be 7; give a text in double quotes/],
	['a wrong pattern', '{"ignore": ["foo"]}', /bad\.json: not an address pattern: "foo"; give 10\.0\.0\.7/],
	['a wrong duration', '{"interval": "2"}', /bad\.json: not a duration: "2"/],
	['a name for no address', '{"names": {"foo": "x"}}', /bad\.json: not an address: "foo"/],
	[
		'a wrong threshold',
		'{"thresholds": {\n"close-wait.agee": 1}}',
		/bad\.json:2: unknown key "close-wait\.agee"; did you mean "close-wait\.age"\?/,
	],
	[
		'a share over 1',
		'{"thresholds": {"time-wait.share": 20}}',
		/bad\.json:1: "time-wait\.share" cannot be 20; give a share from 0 to 1/,
	],
	['a repeated key', '{"ascii": true,\n"ascii": false}', /bad\.json:2: "ascii" is a duplicate key \(first in line 1\)/],
	['not JSON', '{"ascii": tru}', /bad\.json:1: not valid JSON/],
	['a list', '[]', /bad\.json: not a JSON object/],
	['a pattern that is none', '{"ignore": ["consul"]}', /not an address pattern: "consul"/],
];

for (const [what, text, says] of configs) {
	test(`a config with ${what} is an error that says where`, async () => {
		const path = join(directory, 'bad.json');
		writeFileSync(path, text);
		const {stderr, code, stdout} = await runBin(['snapshot', '--config', path]);
		assert.match(stderr, says);
		assert.equal(stderr.split('\n').length, 2);
		assert.deepEqual([code, stdout], [2, '']);
	});
}

test('flags win over the config, the config over the defaults', async () => {
	const config = {interval: '5s', tz: 'Europe/Berlin', thresholds: {'close-wait.age': '90s'}};
	writeFileSync(join(directory, 'good.json'), JSON.stringify(config));
	const {stdout} = await runBin(['--config', join(directory, 'good.json'), '--interval', '2s', '--print-config']);
	const printed = JSON.parse(stdout);
	assert.deepEqual([printed.interval, printed.tz, printed.match], ['2000ms', 'Europe/Berlin', '^traefik(_.*)?$']);
	assert.equal(printed.thresholds['close-wait.age'], 90_000);
	assert.equal(printed.thresholds['time-wait.share'], 0.2);
});

test('--print-config prints a config that means the same', async () => {
	const first = (await runBin(['--print-config', '--ignore', ':8500', '--name', '10.0.0.7:80=api'])).stdout;
	const path = join(directory, 'printed.json');
	writeFileSync(path, first);
	assert.equal((await runBin(['--print-config', '--config', path])).stdout, first);
});

test('the config is found under XDG_CONFIG_HOME', async () => {
	const {stderr, code} = await runBin(['snapshot', ...NOBODY], {env: {XDG_CONFIG_HOME: directory}});
	assert.deepEqual([code, stderr.includes('cannot read')], [3, false]);
});
