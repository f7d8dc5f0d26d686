/** The built bin beside a real Traefik under load: what it says, against what the kernel and the lab know. */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {after, before, describe, test} from 'node:test';
import {promisify} from 'node:util';
import {type Lab, startLab, whyNoLab} from '../lab/lab.ts';
import {PROGRAM} from './bin.ts';
import {SS_STATES} from './ss-states.ts';
import {isAlarm, type Line, looksAgain, type Snapshot, stateOf, watch} from './watch.ts';

const run = promisify(execFile);
const [file, ...first] = PROGRAM;

async function snapshot(lab: Lab): Promise<Snapshot> {
	const {stdout} = await run(file, [...first, 'snapshot', '--json', '--match', lab.match]);
	return JSON.parse(stdout) as Snapshot;
}

/** address → state → number, for every backend of the lab, without the zeros. */
async function countWithSs(lab: Lab): Promise<Record<string, Record<string, number>>> {
	const counts: Record<string, Record<string, number>> = {};
	for (const line of (await lab.network.inside('traefik', 'ss', '-Htan')).split('\n')) {
		const [state = '', , , , remote = ''] = line.split(/\s+/);
		if (!remote.endsWith(':8080')) continue;
		const ours = SS_STATES[state] ?? state;
		counts[remote] = {...counts[remote], [ours]: (counts[remote]?.[ours] ?? 0) + 1};
	}
	return counts;
}

function countsOf({instances}: Snapshot): Record<string, Record<string, number>> {
	const used = (connections: Record<string, number>) =>
		Object.fromEntries(Object.entries(connections).filter(([, number]) => number > 0));
	const counts = instances.flatMap(({backends}) =>
		backends.map(({address, connections}) => [address, used(connections)] as const),
	);
	return Object.fromEntries(counts.filter(([, states]) => Object.keys(states).length > 0));
}

for (const [where, isOneHost] of [
	['in containers', false],
	['on one host', true],
] as const) {
	describe(`a real Traefik under load, ${where}`, {skip: whyNoLab() ?? false}, () => {
		let lab: Lab;
		before(async () => {
			lab = await startLab({rate: 60, latencyMs: 20, isOneHost});
		});
		after(() => lab.stop());

		test('is found by its name, with its listeners and its three backends', async () => {
			while (Object.keys(await countWithSs(lab)).length < 3);
			const {instances} = await snapshot(lab);
			assert.equal(instances.length, 1);
			assert.equal(instances[0]?.pid, lab.traefikPid);
			const ports = instances[0]?.listeners.map(({address}) => address.split(':').at(-1)).sort();
			assert.deepEqual(ports, ['80', '8081', '9000']);
			const addresses = instances[0]?.backends.map(({address}) => address).sort();
			assert.deepEqual(addresses, ['10.77.0.11:8080', '10.77.0.12:8080', '10.77.0.13:8080']);
		});

		test('has the connections that ss counts, backend by backend and state by state', async () => {
			lab.setRate(0);
			// While the two counts around it agree, nothing changed during the look.
			for (;;) {
				const earlier = await countWithSs(lab);
				const look = await snapshot(lab);
				const later = await countWithSs(lab);
				if (JSON.stringify(earlier) !== JSON.stringify(later)) continue;
				assert.deepEqual(countsOf(look), earlier);
				break;
			}
			lab.setRate(60);
		});

		test('takes as long to answer as its clients say, within 8 ms', async (t) => {
			const {until, stop} = watch(lab);
			t.after(stop);
			// Both look at the same requests only roughly: where the machine stalls for a moment, another stretch decides.
			const misses: string[] = [];
			while (misses.length < 5) {
				await lab.load.stats();
				const looked = looksAgain(15);
				const line = await until((each) => looked(each) && responses(each).length === 3);
				const {p50Ms} = await lab.load.stats();
				const off = responses(line).filter(({p50}) => Math.abs(p50 - Number(p50Ms)) > 8);
				if (off.length === 0) return;
				misses.push(`${off.map(({p50}) => p50).join(', ')} ms, clients ${p50Ms} ms`);
			}
			assert.fail(misses.join('; '));
		});

		for (const name of ['killed', 'stopped']) {
			test(`shows a ${name} backend, and only that one, until it is back`, async (t) => {
				const {until, seen, stop} = watch(lab);
				t.after(stop);
				await until((line) => line.type === 'snapshot' && line.instances[0]?.backends.length === 3);
				const guilty = lab.backends.b2.address;
				const opened = until((line) => isAlarm(line, 'opened', guilty));
				const down = until(
					(line) => line.type === 'snapshot' && line.state === 'down' && stateOf(line, guilty) === 'down',
				);
				await lab.fault(name).on();
				await opened;
				await down;
				if (name === 'killed' && !isOneHost) {
					// It came when nothing of the backend was left: the kernel tells whose dials are refused in its second.
					const {stdout} = await run(file, [...first, 'status', '--match', lab.match]);
					assert.match(stdout, /^~✖ 1 down · \S+ refused$/m);
				}
				const closed = until((line) => isAlarm(line, 'closed', guilty));
				await lab.fault(name).off();
				await closed;
				await until((line) => line.type === 'snapshot' && stateOf(line, guilty) === 'ok');
				const others = seen.filter(
					(line) => line.type === 'finding' && line.severity !== 'notice' && line.backend !== guilty,
				);
				assert.deepEqual(others, []);
			});
		}
	});
}

function responses(line: Line): {p50: number; count: number}[] {
	if (line.type !== 'snapshot') return [];
	return line.instances.flatMap(({backends}) => backends.flatMap(({responseMs}) => responseMs ?? []));
}
