import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {PROGRAM, runBin} from './bin.ts';
import {SNAPSHOTS, START, smallRecording} from './small-recording.ts';

const recording = smallRecording();
after(() => rmSync(recording, {recursive: true}));

const STATES = [
	'established',
	'synSent',
	'synRecv',
	'finWait1',
	'finWait2',
	'timeWait',
	'close',
	'closeWait',
	'lastAck',
	'closing',
];
const FINDING = ['instance', 'backend', 'rule', 'severity', 'from', 'to', 'message', 'hint', 'evidence', 'peak'];

test('snapshot --json has exactly the fields of the contract, in their order', async () => {
	const {stdout, stderr, code} = await runBin(['snapshot', '--json', recording]);
	assert.equal(stderr, '');
	assert.equal(code, 0);
	assert.equal(stdout.split('\n').length, 2, 'one line');
	const snapshot = JSON.parse(stdout);
	assert.deepEqual(Object.keys(snapshot), ['schema', 'time', 'source', 'state', 'instances', 'backoff']);
	assert.deepEqual([snapshot.schema, snapshot.time, snapshot.source], [1, START + (SNAPSHOTS - 1) * 1000, 'recording']);
	const [instance] = snapshot.instances;
	assert.deepEqual(Object.keys(instance), [
		...[
			'id',
			'host',
			'via',
			'pid',
			'netns',
			'state',
			'problem',
			'findings',
			'listeners',
			'backends',
			'caveat',
			'notes',
			'process',
		],
	]);
	assert.deepEqual([instance.id, instance.host, instance.via, instance.pid], ['4121', null, null, 4121]);
	assert.deepEqual(Object.keys(instance.listeners[0]), ['address', 'acceptQueue', 'connections', 'acceptLimit']);
	assert.equal(instance.listeners[0].address, '[::]:80');
	assert.deepEqual(Object.keys(instance.listeners[0].connections), STATES);
	assert.deepEqual(Object.keys(instance.backends[0]), [
		...['address', 'name', 'state', 'stateSince', 'connections', 'opened', 'closed', 'openedPerSecond', 'waiting'],
		...['oldestWaitMs', 'responseMs', 'rttMs', 'txQueueBytes', 'rxQueueBytes', 'retransmitting'],
		...['oldestCloseWaitSeconds', 'findings', 'caveat', 'ended', 'seenSeconds', 'server', 'multiplexed'],
	]);
	assert.deepEqual(Object.keys(instance.backends[0].connections), STATES);
});

test('snapshot counts what the tables hold, and says null where they cannot know', async () => {
	const {stdout} = await runBin(['snapshot', '--json', '--at', '+2s', recording]);
	const [instance] = JSON.parse(stdout).instances;
	const b1 = instance.backends.find(({address}: {address: string}) => address === '10.77.0.11:8080');
	assert.equal(b1.connections.established, 2);
	assert.deepEqual([b1.waiting, b1.oldestWaitMs, b1.responseMs, b1.rttMs], [null, null, null, null]);
	assert.equal(b1.state, 'ok');
});

test('snapshot --sockets lists every row of the table in its order, then those of tcp6', async () => {
	const {stdout} = await runBin(['snapshot', '--json', '--sockets', '--at', '+0s', recording]);
	const {sockets} = JSON.parse(stdout).instances[0];
	assert.deepEqual(Object.keys(sockets[0]), [
		...['local', 'remote', 'state', 'txQueueBytes', 'rxQueueBytes', 'timer', 'retransmits', 'inode'],
	]);
	assert.deepEqual(
		sockets.map(({local, remote, state}: Record<string, string>) => `${local} ${remote} ${state}`),
		[
			'10.77.0.2:32769 10.77.0.11:8080 established',
			'10.77.0.2:32770 10.77.0.11:8080 established',
			'10.77.0.2:32771 10.77.0.12:8080 established',
			'10.77.0.2:32772 10.77.0.12:8080 established',
			'[::]:80 [::]:0 listen',
		],
	);
	assert.deepEqual([sockets[0].timer, sockets[4].timer, sockets[0].inode], ['keepalive', 'none', 201]);
});

test('--at selects the last snapshot at or before an instant', async () => {
	for (const [at, second] of [
		['14:02:03', 3],
		['+3.9s', 3],
		['-5s', 14],
		['100%', 19],
		[`${START + 7000}`, 7],
	] as const) {
		const {stdout, stderr} = await runBin(['snapshot', '--json', `--at=${at}`, recording]);
		assert.equal(JSON.parse(stdout).time, START + second * 1000, at);
		assert.equal(stderr, '');
	}
});

test('--at outside the recording is clamped, and stderr says so', async () => {
	const {stdout, stderr, code} = await runBin(['snapshot', '--json', '--at', '2020-01-01', recording]);
	assert.equal(JSON.parse(stdout).time, START);
	assert.match(
		stderr,
		/^traefik-top: --at 2020-01-01 is outside the recording, which begins at 2026-11-22 14:02:00 UTC\n$/,
	);
	assert.equal(code, 0);
});

test('report --format json gives findings sorted by from, the times and the gaps', async () => {
	const {stdout} = await runBin(['report', '--format', 'json', recording]);
	const report = JSON.parse(stdout);
	assert.deepEqual(Object.keys(report), ['schema', 'from', 'to', 'snapshots', 'gaps', 'findings']);
	assert.deepEqual([report.from, report.to, report.snapshots], [START, START + (SNAPSHOTS - 1) * 1000, SNAPSHOTS]);
	assert.deepEqual(report.gaps, []);
	const refused = report.findings.find(({rule}: {rule: string}) => rule === 'refused');
	assert.deepEqual(Object.keys(refused), FINDING);
	assert.equal(Object.keys(refused.evidence)[0], 'began');
	assert.deepEqual([refused.backend, refused.severity, refused.to], ['10.77.0.12:8080', 'down', null]);
	assert.ok(refused.from >= START + 4000 && refused.from <= START + 7000, `opened at ${refused.from - START} ms`);
});

test('report as text and as markdown names the backend and the rule', async () => {
	for (const format of ['text', 'markdown']) {
		const {stdout, code} = await runBin(['report', '--format', format, recording]);
		assert.match(stdout, /10\.77\.0\.12:8080.*refused/s);
		assert.equal(code, 0);
		if (format === 'text') for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
	}
});

test('watch tells the same story as report: each finding opened and closed at its times', async () => {
	const {stdout} = await runBin(['watch', recording]);
	const lines = stdout
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line));
	const snapshots = lines.filter(({type}) => type === 'snapshot');
	assert.equal(snapshots.length, SNAPSHOTS);
	assert.deepEqual(Object.keys(snapshots[0]), ['type', 'schema', 'time', 'source', 'state', 'instances', 'backoff']);
	const opened = lines.filter(({type, event}) => type === 'finding' && event === 'opened');
	assert.deepEqual(Object.keys(opened[0]), ['type', 'event', ...FINDING]);
	const {findings} = JSON.parse((await runBin(['report', '--format', 'json', recording])).stdout);
	const brief = (list: {rule: string; from: number}[]) => list.map(({rule, from}) => `${rule} ${from}`).sort();
	assert.deepEqual(brief(opened), brief(findings));
});

test('the last line of watch is the snapshot that snapshot --json shows', async () => {
	const watched = (await runBin(['watch', recording])).stdout.trimEnd().split('\n');
	const last = JSON.parse(watched.findLast((line) => line.startsWith('{"type":"snapshot"')) ?? '{}');
	const {type, ...snapshot} = last;
	assert.equal(type, 'snapshot');
	assert.deepEqual(snapshot, JSON.parse((await runBin(['snapshot', '--json', recording])).stdout));
});

test('status and check say who is down, and exit as Nagios wants', async () => {
	const plain = await runBin(['status', recording]);
	assert.equal(plain.stdout, '✖ 1 down · 10.77.0.12:8080 refused\n');
	assert.equal(plain.code, 0);
	assert.equal((await runBin(['status', '--exit-code', recording])).code, 2);
	const early = await runBin(['status', '--exit-code', '--at', '+2s', recording]);
	assert.deepEqual([early.stdout, early.code], ['● 2 ok\n', 0]);
	const json = JSON.parse((await runBin(['status', '--format', 'json', recording])).stdout);
	assert.deepEqual(Object.keys(json), ['schema', 'time', 'lookMs', 'state', 'counts', 'worst', 'note', 'caveat']);
	assert.deepEqual(json.counts, {down: 1, degraded: 0, unknown: 0, ok: 1, idle: 0});
	assert.equal(json.lookMs, null);
	const check = await runBin(['check', recording]);
	assert.match(check.stdout, /^TRAEFIK CRITICAL - 1 down, 1 ok - 10\.77\.0\.12:8080 refused: .* \| down=1;;0;0 /);
	assert.equal(check.code, 2);
	assert.equal((await runBin(['check', '--at', '+2s', recording])).code, 0);
});

test('names, filters and thresholds change what is shown', async () => {
	const named = await runBin(['status', '--name', '10.77.0.12:8080=api-2', recording]);
	assert.equal(named.stdout, '✖ 1 down · api-2 refused\n');
	const {stdout} = await runBin(['snapshot', '--json', '--backend', '10.77.0.11', recording]);
	const addresses = JSON.parse(stdout).instances[0].backends.map(({address}: {address: string}) => address);
	assert.deepEqual(addresses, ['10.77.0.11:8080']);
	const ignored = await runBin(['status', '--format', 'json', '--ignore', '10.77.0.12', recording]);
	assert.equal(JSON.parse(ignored.stdout).counts.down, 0);
});

test('replay without a terminal prints every look as a table', async () => {
	const {stdout, code} = await runBin(['replay', recording]);
	assert.equal(stdout.match(/^STATE/gm)?.length, SNAPSHOTS);
	assert.equal(code, 0);
});

test('record --from makes one file of any recording, which reports the same', async () => {
	const file = join(recording, 'converted.capture');
	const {stderr, code} = await runBin(['record', '--from', recording, '-o', file]);
	assert.ok(stderr.startsWith(`traefik-top: ${SNAPSHOTS} snapshots in ${file}`), stderr);
	assert.equal(code, 0);
	const brief = async (path: string) => {
		const report = JSON.parse((await runBin(['report', '--format', 'json', path])).stdout);
		const findings = report.findings.map(({backend, rule, from, to}: Record<string, unknown>) => ({
			backend,
			rule,
			from,
			to,
		}));
		return {...report, findings};
	};
	assert.deepEqual(await brief(file), await brief(recording));
});

test('record --from what is not a recording writes nothing', async () => {
	const file = join(recording, 'nothing.capture');
	const {code} = await runBin(['record', '--from', join(recording, 'missing'), '-o', file]);
	assert.equal(code, 1);
	assert.equal(existsSync(file), false);
});

test('a table with a torn row is shown without it, and counted', async () => {
	const torn = smallRecording();
	try {
		truncateSync(join(torn, String(START + (SNAPSHOTS - 1) * 1000), 'tcp'), 150 * 2 + 70);
		const {stdout, code} = await runBin(['snapshot', torn]);
		assert.match(stdout, /^1 torn rows? skipped$/m);
		assert.equal(code, 0);
	} finally {
		rmSync(torn, {recursive: true});
	}
});

test('a recording whose clock was set back below its beginning has its bounds in order', async () => {
	const file = join(recording, 'back.capture');
	const blocks = [5, 0].map((second) => `traefik-top/1 time=${START + second * 1000} pid=1\n:tcp\nend -\n`);
	writeFileSync(file, blocks.join(''));
	const {from, to, snapshots} = JSON.parse((await runBin(['report', '--format', 'json', file])).stdout);
	assert.deepEqual([from, to, snapshots], [START, START + 5000, 2]);
	assert.match((await runBin(['report', file])).stdout, /^2 snapshots over 5 s$/m);
	// a time means the look with the greatest time at or before it
	for (const [at, means] of [
		['0%', START],
		['100%', START + 5000],
	] as const) {
		const {stdout, stderr} = await runBin(['snapshot', '--json', '--at', at, file]);
		assert.deepEqual([JSON.parse(stdout).time, stderr], [means, ''], at);
	}
});

test('a reader that has seen enough ends a command quietly', async () => {
	const child = spawn('sh', ['-c', `"$0" "$@" | head -1; echo "$?" >&2`, ...PROGRAM, 'watch', recording]);
	let stderr = '';
	child.stderr.on('data', (chunk) => {
		stderr += chunk;
	});
	await once(child, 'close');
	assert.equal(stderr, '0\n');
});

const bad = join(recording, 'bad');
mkdirSync(bad);
const files: Record<string, string | Buffer> = {
	'empty.capture': '',
	'rubbish.bin': Buffer.from(Array.from({length: 5000}, (_, i) => (i * 7919) % 256)),
	'passwd.txt': 'root:x:0:0:root:/root:/bin/bash\n',
	'script.sh': '#!/bin/sh\necho hello\n',
};
for (const [name, content] of Object.entries(files)) writeFileSync(join(bad, name), content);
mkdirSync(join(bad, 'no-snapshots'));

for (const name of [...Object.keys(files), 'no-snapshots', 'missing.capture']) {
	test(`a file that is not a recording is refused in one line that names it: ${name}`, async () => {
		for (const command of ['report', 'snapshot', 'status', 'watch', 'replay']) {
			const {stdout, stderr, code} = await runBin([command, join(bad, name)]);
			assert.equal(stdout, '');
			assert.match(stderr, new RegExp(`^traefik-top: [^\\n]*${name.replace('.', '\\.')}[^\\n]*\\n$`));
			assert.equal(code, 1);
		}
		assert.equal((await runBin(['check', join(bad, name)])).code, 3);
	});
}
