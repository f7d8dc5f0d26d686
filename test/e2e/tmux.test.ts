/** `status` in the bar of a real tmux: what is shown there, colours included. */
import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {after, test} from 'node:test';
import {startLab, whyNoLab} from '../lab/lab.ts';
import {PROGRAM_IN_SHELL} from './bin.ts';
import {smallRecording} from './small-recording.ts';
import {hasTmux, openBar} from './tmux-bar.ts';

const skip = hasTmux ? false : 'no tmux here';
const directory = mkdtempSync(join(tmpdir(), 'traefik-top-path-'));
const recording = smallRecording();

after(() => {
	rmSync(directory, {recursive: true});
	rmSync(recording, {recursive: true});
});

const command = `${PROGRAM_IN_SHELL} status --format tmux`;
const barOf = (status: string) =>
	openBar([`set -g status-right "#(${status})"`, 'set -g status-right-length 60', 'set -g status-interval 1']);

test('the bar shows the worst backend on red', {skip}, async (t) => {
	const bar = barOf(`${command} '${recording}'`);
	t.after(() => bar.close());
	assert.match(
		await bar.showing(/refused/),
		/\u001b\[37m\u001b\[41m✖ 1 down(?:\u001b\[[\d;]*m)+ · 10\.77\.0\.12:8080 refused/,
	);
});

test('a name with markup of tmux stays text in the bar', {skip}, async (t) => {
	const bar = barOf(`${command} --name '10.77.0.12:8080=##[fg=blue]x##S' '${recording}'`);
	t.after(() => bar.close());
	assert.match(await bar.showing(/refused/), /#\[fg=blue\]x#S refused/);
});

/** The configuration that README.md gives. */
function snippet(): string[] {
	const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
	return (/```tmux\n([\s\S]*?)```/.exec(readme)?.[1] ?? '').trim().split('\n');
}

test("README's snippet follows a real Traefik from ok to red and back", {
	skip: skip || (whyNoLab() ?? false),
}, async (t) => {
	const lab = await startLab({rate: 60, latencyMs: 20});
	t.after(() => lab.stop());
	// Its `traefik-top`, which looks at this Traefik alone: others may run here.
	const script = `#!/bin/sh\nexport XDG_CONFIG_HOME='${directory}'\nexec ${PROGRAM_IN_SHELL} "$@" --match '${lab.match}'\n`;
	writeFileSync(join(directory, 'traefik-top'), script, {mode: 0o755});
	const bar = openBar(snippet(), [directory, process.env['PATH']].join(delimiter));
	t.after(() => bar.close());
	assert.match(await bar.showing(/3 ok/), /[^m]● 3 ok/);
	await lab.fault('killed').on();
	assert.match(
		await bar.showing(/down.*refused/),
		/\u001b\[37m\u001b\[41m✖ 1 down\u001b\[[\d;]*m.* 10\.77\.0\.12:8080 refused/,
	);
	await lab.fault('killed').off();
	assert.match(await bar.showing(/3 ok/), /[^m]● 3 ok/);
});
