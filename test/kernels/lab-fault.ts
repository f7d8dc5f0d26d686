/** One fault of the lab, start to end: for kernels other than the one at hand (npm run kernels). */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {test} from 'node:test';
import {promisify} from 'node:util';
import {PROGRAM} from '../e2e/bin.ts';
import {startLab, whyNoLab} from '../lab/lab.ts';

test('a backend that is killed is down, it alone, and only while it is', {skip: whyNoLab() ?? false}, async (t) => {
	const lab = await startLab({rate: 20, latencyMs: 20});
	t.after(() => lab.stop());
	const report = ['report', '--for', '40s', '--format', 'json', '--match', lab.match];
	const [file, ...first] = PROGRAM;
	const reporting = promisify(execFile)(file, [...first, ...report]);
	await lab.sleep(15_000);
	const from = Date.now();
	await lab.fault('killed').on();
	await lab.sleep(10_000);
	await lab.fault('killed').off();
	const to = Date.now();
	const {findings} = JSON.parse((await reporting).stdout);
	const alarms = findings.filter(({severity}: {severity: string}) => severity !== 'notice');
	assert.ok(
		alarms.some(({rule, backend}: Record<string, string>) => rule === 'refused' && backend === '10.77.0.12:8080'),
	);
	for (const {backend, from: opened, to: closed} of alarms) {
		assert.equal(backend, '10.77.0.12:8080');
		assert.ok(opened >= from && opened <= to);
		assert.notEqual(closed, null);
	}
});
