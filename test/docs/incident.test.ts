/** docs/incident.md is true: its commands are run as they are, from top to bottom, on the bundled incident. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {after, test} from 'node:test';

const scratch = mkdtempSync(join(tmpdir(), 'incident-'));
after(() => rmSync(scratch, {recursive: true}));

const text = readFileSync('docs/incident.md', 'utf8');
const blocks = [...text.matchAll(/^```sh(?<live> live)?\n(?<commands>[^`]+)^```$/gm)].map(({groups}) => ({
	isLive: groups?.['live'] !== undefined,
	commands: (groups?.['commands'] ?? '').trim().split('\n'),
}));

test('docs/incident.md holds together, run from top to bottom', () => {
	const bin = join(scratch, 'bin');
	const archive = join(scratch, 'archive');
	mkdirSync(bin);
	mkdirSync(archive);
	copyFileSync('fixtures/demo/incident.capture', join(archive, 'lb1-20261122T173334Z.capture'));
	writeFileSync(
		join(bin, 'traefik-top'),
		`#!/bin/sh\nexec "${process.execPath}" "${resolve('bin/traefik-top.js')}" "$@"\n`,
	);
	chmodSync(join(bin, 'traefik-top'), 0o755);
	const places: Readonly<Record<string, string>> = {'/var/lib/traefik-top': archive, '/tmp/': `${scratch}/`};
	const own = (command: string) =>
		command.replace(/\/var\/lib\/traefik-top|\/tmp\//g, (place) => places[place] ?? place);
	const commands = blocks.filter(({isLive}) => !isLive).flatMap((block) => block.commands);
	assert.ok(commands.length >= 8);
	const env = {...process.env, PATH: `${bin}:${process.env['PATH']}`};
	const script = commands.map((command) => `echo '== ${command.replaceAll("'", '')}'\n${own(command)}`).join('\n');
	const output = execFileSync('sh', ['-euc', script], {env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
	const outputs = output.split(/^== .*\n/m).slice(1);
	assert.equal(outputs.length, commands.length);
	const said = (part: string) => outputs[commands.findIndex((command) => command.includes(part))] ?? '';
	assert.match(said('report .'), /10\.77\.0\.12:8080 {2}refused/);
	assert.match(said('--compare'), /10\.77\.0\.12:8080 +ESTABLISHED, mean/);
	assert.equal(JSON.parse(said('snapshot')).state, 'down');
	assert.match(readFileSync(join(scratch, 'incident.html'), 'utf8'), /<code>refused<\/code>/);
	assert.match(readFileSync(join(scratch, 'incident.md'), 'utf8'), /`refused`/);
	const shown = said('to-show.capture\n') || (outputs.at(-1) ?? '');
	assert.match(shown, /refused/);
	assert.doesNotMatch(shown, /10\.77\./);
});

test('every command of docs/incident.md has options that exist', () => {
	for (const {commands} of blocks) {
		for (const command of commands) {
			if (!command.startsWith('traefik-top')) continue;
			const words = command.match(/'[^']*'|\S+/g) ?? [];
			const named = words[1]?.startsWith('-') === false ? [words[1]] : [];
			const help = execFileSync(process.execPath, ['bin/traefik-top.js', ...named, '--help'], {encoding: 'utf8'});
			for (const word of words) if (word.startsWith('--')) assert.ok(help.includes(`${word} `), `${command}: ${word}`);
		}
	}
});
