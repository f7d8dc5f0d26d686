/** The built bin beside a real Traefik before real servers: which backend it names, what it says of it, and of the others. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type Lab, type LabOptions, startLab, whyNoLab} from '../lab/lab.ts';
import {whyNoServer} from '../lab/suitable.ts';
import {type Finding, type Line, looksAgain, stateOf, type Watch, watch} from './watch.ts';

type Fault = {
	readonly about: string;
	readonly server: string;
	readonly fault: string;
	readonly options: Partial<LabOptions>;
	/** What the gravest finding must come to say. */
	readonly says: RegExp;
};

/** Looks until something must have been said: more than it takes, as this is not a race. */
const PATIENCE = 40;

const FAULTS: readonly Fault[] = [
	{
		about: 'gunicorn whose four workers are all busy',
		server: 'gunicorn',
		fault: 'overloaded',
		options: {rate: 36, latencyMs: 40},
		says: /overload|slow|hung|worker|queue/i,
	},
	{
		about: 'Apache whose listen queue is full',
		server: 'apache',
		fault: 'backlog-full',
		options: {rate: 45, latencyMs: 25, tuning: {backlog: 5, workers: 2, keepAliveSeconds: 0}},
		says: /accept.?queue|backlog|dial|SYN/i,
	},
	{
		about: 'nginx of whose four workers two hang',
		server: 'nginx',
		fault: 'half-hung',
		options: {rate: 36, latencyMs: 20, tuning: {workers: 4, keepAliveSeconds: 0}},
		says: /partial|hung|overload/i,
	},
	{
		about: 'uvicorn that was killed',
		server: 'uvicorn',
		fault: 'killed',
		options: {rate: 24, latencyMs: 15},
		says: /refus/i,
	},
];

for (const {about, server, fault, options, says} of FAULTS) {
	const skip = whyNoLab() ?? whyNoServer(server) ?? false;
	test(`names ${about}, and why, until it is over, and nobody else`, {skip}, async (t) => {
		const lab = await startLab({...options, server});
		t.after(() => lab.stop());
		const looks = watch(lab);
		t.after(looks.stop);
		const guilty = lab.backends.b2.address;
		const {before, on, off} = lab.fault(fault);
		await before();
		await looks.until((line) => line.type === 'snapshot' && stateOf(line, guilty) === 'ok');
		await looks.until(looksAgain(6));
		const told = looks.until((line) => gravest(line, guilty).some((text) => says.test(text)), PATIENCE);
		await on();
		await told;
		const well = looks.until((line) => line.type === 'snapshot' && stateOf(line, guilty) === 'ok', PATIENCE);
		await off();
		await well;
		assert.deepEqual(alarmsOfOthers(looks, lab), []);
	});
}

test('says nothing of connections closed after 2 s and of graceful reloads (uvicorn)', {
	skip: whyNoLab() ?? whyNoServer('uvicorn') ?? false,
}, async (t) => {
	const lab = await startLab({server: 'uvicorn', rate: 3, latencyMs: 60, tuning: {keepAliveSeconds: 2}});
	t.after(() => lab.stop());
	const looks = watch(lab);
	t.after(looks.stop);
	await looks.until(looksAgain(6));
	for (const name of ['b1', 'b2', 'b3'] as const) {
		lab.backends[name].reload();
		await looks.until(looksAgain(4));
	}
	assert.deepEqual(looks.seen.filter(isRed), []);
});

// Apache ends its children at once and starts one a second (prefork.c), so that requests do wait; HAProxy hands its sockets to another process
for (const [server, isSame, mayBeRed] of [
	['gunicorn', true, false],
	['nginx', true, false],
	['apache', true, true],
	['haproxy', false, false],
] as const) {
	test(`a graceful reload of ${server} is ${mayBeRed ? 'not' : 'neither red nor'} a restart`, {
		skip: whyNoLab() ?? whyNoServer(server) ?? false,
	}, async (t) => {
		const lab = await startLab({server, rate: 9, latencyMs: 20});
		t.after(() => lab.stop());
		const looks = watch(lab);
		t.after(looks.stop);
		const {address} = lab.backends.b2;
		const serverOf = (line: Line) =>
			line.type === 'snapshot'
				? (line.instances[0]?.backends.find((each) => each.address === address)?.server ?? null)
				: null;
		const first = serverOf(await looks.until((line) => serverOf(line) !== null));
		await looks.until(looksAgain(6));
		lab.backends.b2.reload();
		await looks.until(looksAgain(14));
		const last = serverOf(await looks.until((line) => line.type === 'snapshot'));
		assert.deepEqual([last?.pid === first?.pid, last?.restarts, last?.endedAt], [isSame, 0, null]);
		if (!mayBeRed) assert.deepEqual(looks.seen.filter(isRed), []);
	});
}

const isRed = (line: Line): line is Line & {type: 'finding'} => line.type === 'finding' && line.severity !== 'notice';

/** What the worst open findings of a backend say. */
function gravest(line: Line, address: string): string[] {
	if (line.type !== 'snapshot') return [];
	const findings = line.instances.flatMap(
		({backends}) => backends.find((backend) => backend.address === address)?.findings ?? [],
	);
	const red = findings.filter(({severity}) => severity !== 'notice');
	const worst = red.some(({severity}) => severity === 'down') ? 'down' : 'degraded';
	return red.filter(({severity}) => severity === worst).map(saidBy);
}

const saidBy = ({rule, message, hint}: Finding) => `${rule}: ${message} (${hint})`;

function alarmsOfOthers({seen}: Watch, {backends}: Lab): string[] {
	return seen
		.filter(isRed)
		.filter(({backend}) => backend !== null && backend !== backends.b2.address)
		.map((line) => `${line.backend} ${saidBy(line)}`);
}
