/** A process chose its name to harm whoever reads about it: live, in the recording of that, and in every output of either. */
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {test} from 'node:test';
import {startTwoEnds, whyNoTwoEnds} from '../lab/two-ends.ts';
import {collect, type Ran, runBin, startBin} from './bin.ts';

/** The kernel keeps 15 bytes of a name. */
const NAMES: readonly [hostile: string, said: string][] = [
	['<i>|`*_x](y)', '<i>|`*_x](y)'],
	['\u001b[31m#[bg=red]', '[31m#[bg=red]'],
	['-', '-'],
	['{{x}} "y" \\n%41', '{{x}} "y" \\n%41'],
];
const ADDRESS = '10.79.0.2:8080';

type Line = {
	readonly type: string;
	readonly source?: string;
	readonly event?: string;
	readonly instances?: readonly {
		readonly backends: readonly {
			readonly address: string;
			readonly server: {readonly name: string; isListening: boolean} | null;
		}[];
	}[];
};

for (const [hostile, said] of NAMES) {
	test(`a process called ${JSON.stringify(hostile)} is told of as that, and does nothing else`, {
		skip: whyNoTwoEnds() ?? false,
	}, async () => {
		const ends = await startTwoEnds();
		const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
		const file = join(folder, 'hostile.capture');
		const child = startBin(['watch', '--record', file, '--pid', String(ends.clientPid)]);
		try {
			ends.hold('server');
			const server = await ends.serve('server', '0.0.0.0', 8080, {name: hostile});
			const ended = collect(child);
			const lines: Line[] = [];
			const nameOf = (line: Line) =>
				line.instances?.[0]?.backends.find(({address}) => address === ADDRESS)?.server ?? null;
			let wanted: (line: Line) => boolean = () => false;
			let met = () => {};
			createInterface({input: child.stdout}).on('line', (text) => {
				const line = JSON.parse(text) as Line;
				lines.push(line);
				if (wanted(line)) met();
			});
			const until = (isIt: (line: Line) => boolean) =>
				new Promise<void>((resolve) => {
					[wanted, met] = [isIt, resolve];
				});
			await ends.tell('dial 10.79.0.2 8080 3');
			await until((line) => nameOf(line) !== null);
			server.kill('SIGSTOP');
			await ends.tell('dial 10.79.0.2 8080 6');
			await until((line) => line.type === 'finding' && line.event === 'opened');
			await until((line) => line.type === 'snapshot');
			child.kill('SIGINT');
			const live = await ended;
			assert.equal(live.stderr, '');
			assert.ok(lines.some((line) => nameOf(line)?.name === said));

			const replayed = await runBin(['watch', file]);
			const again = replayed.stdout
				.trimEnd()
				.split('\n')
				.map((line) => JSON.parse(line) as Line);
			const before = lines.map((line) => (line.type === 'snapshot' ? {...line, source: 'recording'} : line));
			assert.deepEqual(again, before);

			const outputs: Record<string, Ran> = {};
			for (const format of ['text', 'markdown', 'json', 'html']) {
				outputs[format] = await runBin(['report', '--format', format, file]);
			}
			outputs['status'] = await runBin(['status', file]);
			outputs['tmux'] = await runBin(['status', '--format', 'tmux', file]);
			outputs['check'] = await runBin(['check', file]);
			outputs['snapshot'] = await runBin(['snapshot', file]);
			for (const [what, {stdout, stderr}] of Object.entries(outputs)) {
				assert.equal(stderr, '', what);
				assert.doesNotMatch(stdout.replace(/\n/g, ''), /[\p{Cc}]/u, what);
			}
			const {html, markdown, json, tmux} = outputs;
			assert.ok(JSON.stringify(JSON.parse(json?.stdout ?? '')).includes(JSON.stringify(said).slice(1, -1)));
			if (hostile.includes('<i>')) {
				assert.doesNotMatch(html?.stdout ?? '', /<i>/);
				assert.doesNotMatch(markdown?.stdout ?? '', /[^\\`]<i>/);
			}
			assert.doesNotMatch(tmux?.stdout ?? '', /#\[bg=red\]/);
		} finally {
			child.kill('SIGKILL');
			await ends.remove();
			rmSync(folder, {recursive: true});
		}
	});
}
