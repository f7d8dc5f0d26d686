/** What a watch said live and what its recording says afterwards: the same lines, numbers and findings included. */
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {test} from 'node:test';
import {startLab, whyNoLab} from '../lab/lab.ts';
import {collect, runBin, startBin} from './bin.ts';

type Finding = {
	readonly backend: string | null;
	readonly rule: string;
	readonly from: number;
	readonly to: number | null;
};
type Line = Record<string, unknown> & {
	readonly type: 'snapshot' | 'finding';
	readonly event?: 'opened' | 'closed';
	readonly backend?: string | null;
};

const parsed = (text: string) =>
	text
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line) as Line);
const inOrder = (findings: readonly Finding[]) =>
	findings.toSorted((a, b) => a.from - b.from || a.rule.localeCompare(b.rule) || (a.to ?? 0) - (b.to ?? 0));

for (const source of ['auto', 'text']) {
	test(`the recording of a watch says what the watch said (--source ${source})`, {
		skip: whyNoLab() ?? false,
	}, async () => {
		const lab = await startLab({rate: 60, latencyMs: 20});
		const folder = mkdtempSync(join(tmpdir(), 'replay-'));
		const file = join(folder, 'incident.capture');
		const child = startBin(['watch', '--record', file, '--source', source, '--match', lab.match]);
		try {
			const ended = collect(child);
			const guilty = lab.backends.b2.address;
			const waiting = new Map<'opened' | 'closed', () => void>();
			let snapshots = 0;
			let warm = () => {};
			createInterface({input: child.stdout}).on('line', (text) => {
				const line = JSON.parse(text) as Line;
				if (line.type === 'snapshot' && ++snapshots === 4) warm();
				if (line.type === 'finding' && line.backend === guilty && line.event) waiting.get(line.event)?.();
			});
			const finding = (event: 'opened' | 'closed') => new Promise<void>((resolve) => waiting.set(event, resolve));
			await new Promise<void>((resolve) => {
				warm = resolve;
			});
			const opened = finding('opened');
			await lab.fault('killed').on();
			await opened;
			const closed = finding('closed');
			await lab.fault('killed').off();
			await closed;
			child.kill('SIGINT');
			const live = await ended;
			assert.deepEqual([live.code, live.stderr], [130, '']);

			const replayed = await runBin(['watch', file]);
			assert.deepEqual([replayed.code, replayed.stderr], [0, '']);
			const [said, again] = [parsed(live.stdout), parsed(replayed.stdout)];
			assert.ok(said.some(({event}) => event === 'opened'));
			const ofRecording = (line: Line) => (line.type === 'snapshot' ? {...line, source: 'recording'} : line);
			assert.deepEqual(again, said.map(ofRecording));

			const report = JSON.parse((await runBin(['report', '--format', 'json', file])).stdout) as {findings: Finding[]};
			const ends = said.filter(({type, event}) => type === 'finding' && event === 'closed');
			const closedLive = ends.map(({type: _, event: __, ...rest}) => rest as unknown as Finding);
			assert.deepEqual(inOrder(report.findings.filter(({to}) => to !== null)), inOrder(closedLive));
		} finally {
			child.kill('SIGKILL');
			await lab.stop();
			rmSync(folder, {recursive: true});
		}
	});
}
