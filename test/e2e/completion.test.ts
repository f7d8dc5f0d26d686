import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {PROGRAM_IN_SHELL, runBin} from './bin.ts';

/** fish writes into the home that it is given. */
const home = mkdtempSync(join(tmpdir(), 'traefik-top-fish-'));
after(() => rmSync(home, {recursive: true}));

function hasShell(shell: string): string | false {
	return spawnSync(shell, ['-c', 'true']).status === 0 ? false : `no ${shell} here`;
}

async function script(shell: string): Promise<string> {
	return (await runBin(['completion', shell])).stdout;
}

/** What bash offers for a line whose last word is being typed. */
async function bashOffers(line: readonly string[]): Promise<string[]> {
	const words = ['traefik-top', ...line].map((word) => `'${word}'`).join(' ');
	const ask = `COMP_WORDS=(${words}); COMP_CWORD=${line.length}; _traefik_top; printf '%s\\n' "\${COMPREPLY[@]}"`;
	const {stdout, stderr} = spawnSync('bash', ['--norc', '-c', `${await script('bash')}\n${ask}`], {encoding: 'utf8'});
	assert.equal(stderr, '');
	return stdout.trim().split('\n');
}

test('bash completes commands, options and choices', {skip: hasShell('bash')}, async () => {
	assert.deepEqual(await bashOffers(['sna']), ['snapshot']);
	assert.deepEqual(await bashOffers(['snapshot', '--so']), ['--sockets', '--source']);
	assert.deepEqual(await bashOffers(['snapshot', '--source', 'net']), ['netlink']);
	assert.deepEqual(await bashOffers(['completion', 'f']), ['fish']);
	assert.ok((await bashOffers(['report', '/etc/pass'])).includes('/etc/passwd'));
});

test('zsh loads the completion and binds it to the name', {skip: hasShell('zsh')}, async () => {
	const ask = `autoload -U compinit; compinit -D -u; ${await script('zsh')}\nprint -r -- $_comps[traefik-top]`;
	const {stdout, stderr} = spawnSync('zsh', ['-f', '-c', ask], {encoding: 'utf8'});
	assert.deepEqual([stdout, stderr], ['_traefik_top\n', '']);
});

test('fish completes commands, options and choices', {skip: hasShell('fish')}, async () => {
	const ask = (line: string) => {
		const {stdout, stderr} = spawnSync('fish', ['-N', '-c', `${BIN_FUNCTION}\ncomplete -C '${line}'`], {
			encoding: 'utf8',
			env: {...process.env, HOME: home, COMPLETION: completion},
		});
		assert.equal(stderr, '');
		return stdout
			.trim()
			.split('\n')
			.map((each) => each.split('\t')[0]);
	};
	const completion = await script('fish');
	assert.deepEqual(ask('traefik-top sna'), ['snapshot']);
	assert.deepEqual(ask('traefik-top snapshot --so'), ['--sockets', '--source']);
	assert.deepEqual(ask('traefik-top snapshot --source net'), ['netlink']);
});

/** The name must be a command that fish knows. */
const BIN_FUNCTION = `function traefik-top; ${PROGRAM_IN_SHELL}; end; echo $COMPLETION | source`;
