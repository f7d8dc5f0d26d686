import assert from 'node:assert/strict';
import {test} from 'node:test';
import {findingObject, snapshotObject, watchLines} from '../../src/output/json.ts';
import {nagiosText} from '../../src/output/nagios.ts';
import {findingOf, NOW, world} from '../ui/models.ts';

type Snapshot = {
	instances: {
		state: string;
		problem: string | null;
		notes: string[];
		backends: {state: string; connections: Record<string, number | null>; [name: string]: unknown}[];
	}[];
};

test('a backend that cannot be read keeps its address, is unknown, and has no numbers', () => {
	const {model, assessment} = world({
		backends: [{address: '10.0.3.12:8080', name: 'api-2'}],
		problem: 'permission denied',
	});
	const {instances} = snapshotObject(model, assessment) as Snapshot;
	const [backend] = instances[0]?.backends ?? [];
	assert.ok(backend);
	assert.equal(instances[0]?.problem, 'permission denied');
	assert.deepEqual([backend['address'], backend['name'], backend.state], ['10.0.3.12:8080', 'api-2', 'unknown']);
	assert.deepEqual(new Set(Object.values(backend.connections)), new Set([null]));
	for (const name of ['opened', 'closed', 'waiting', 'responseMs', 'txQueueBytes', 'retransmitting']) {
		assert.equal(backend[name], null, name);
	}
});

test('a finding is written in the order of the contract, began before the numbers', () => {
	const finding = findingOf({rule: 'slow', severity: 'degraded', message: 'm'}, 'lb1/4121', null, NOW);
	const shuffled = {...finding, evidence: {p50: 3000, began: NOW}};
	assert.equal(
		JSON.stringify(findingObject(shuffled)),
		`{"instance":"lb1/4121","backend":null,"rule":"slow","severity":"degraded","from":${finding.from},"to":null,` +
			`"message":"m","hint":${JSON.stringify(finding.hint)},"evidence":{"began":${NOW},"p50":3000},"peak":{}}`,
	);
});

test('the numbers of a finding have four decimals at most', () => {
	const finding = findingOf({rule: 'time-wait', severity: 'notice', message: 'm'}, 'lb1/4121', null, NOW);
	const {evidence} = findingObject({...finding, evidence: {began: NOW, share: 0.7054491899852725, timeWait: 12}}) as {
		evidence: object;
	};
	assert.deepEqual(evidence, {began: NOW, share: 0.7054, timeWait: 12});
});

test('watch writes the snapshot, then what closed, then what opened', () => {
	const {model, assessment} = world({backends: []});
	const finding = findingOf({rule: 'slow', severity: 'degraded', message: 'm'}, 'lb1/4121', null, NOW);
	const lines = watchLines(model, {...assessment, opened: [finding], closed: [{...finding, to: NOW}]});
	const brief = lines.map((line) => JSON.parse(line)).map(({type, event, to}) => [type, event, to]);
	assert.deepEqual(brief, [
		['snapshot', undefined, undefined],
		['finding', 'closed', NOW],
		['finding', 'opened', null],
	]);
});

test('notes on the numbers are printed beside them, for scripts and for Nagios', () => {
	const denied = {attribution: 'assumed', descriptors: 'denied'} as const;
	const {model, assessment} = world({backends: [], snapshot: {...denied, isTimeAssumed: true, tornRows: 2}});
	const {instances} = snapshotObject(model, assessment) as Snapshot;
	const says =
		"all non-listener sockets are counted as Traefik's: its descriptors cannot be read (run as root or as its user)";
	assert.deepEqual(instances[0]?.notes, ['times are assumed: none were saved', says, '2 torn rows skipped']);
	assert.ok(nagiosText(model, assessment).includes(`\n${says}\n`));
});
