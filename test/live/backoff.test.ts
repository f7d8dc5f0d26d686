import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {BackoffPolicy, LONGEST_MS} from '../../src/live/backoff.ts';
import {DEFAULT_MATCH} from '../../src/live/find.ts';
import {type LiveSource, liveSource} from '../../src/live/live.ts';
import type {Backoff, Tick} from '../../src/reading.ts';
import {fakeProc} from './fake-proc.ts';

/** Looks until the median of seven is theirs. */
const DECIDE = 7;

function after7(policy: BackoffPolicy, costMs: number, looks = DECIDE): number {
	for (let look = 0; look < looks; look++) policy.add(costMs);
	return policy.intervalMs;
}

const grown: [what: string, wantedMs: number, costMs: number, expectedMs: number][] = [
	['stays at exactly a tenth', 1000, 100, 1000],
	['grows just beyond it, to a multiple of what was asked for', 1000, 100.1, 2000],
	['grows so far that a look costs a tenth', 1000, 400, 4000],
	['grows from a short interval in its own steps', 100, 42, 500],
	['grows no further than the longest', 1000, 9000, LONGEST_MS],
	['grows to a multiple below the longest', 700, 9000, 29_400],
	['never grows where more than the longest was asked for', 60_000, 20_000, 60_000],
	['stays where looks cost nothing', 1000, 0, 1000],
];
for (const [what, wantedMs, costMs, expectedMs] of grown) {
	test(`the interval ${what}`, () => assert.equal(after7(new BackoffPolicy(wantedMs), costMs), expectedMs));
}

test('three expensive looks among seven change nothing, four do', () => {
	const policy = new BackoffPolicy(1000);
	for (const costMs of [900, 900, 900, 5, 5, 5, 5]) policy.add(costMs);
	assert.equal(policy.intervalMs, 1000);
	for (const costMs of [300, 300, 300]) policy.add(costMs);
	assert.equal(policy.intervalMs, 1000);
	policy.add(300);
	assert.equal(policy.intervalMs, 3000);
});

const shrunk: [what: string, costMs: number, expectedMs: number][] = [
	['stays while looks cost more than 8 % of the shorter one', 241, 4000],
	['shrinks by a step where they cost 8 % of it', 240, 3000],
	['shrinks to what was asked for at once', 10, 1000],
	['grows on', 410, 5000],
];
for (const [what, costMs, expectedMs] of shrunk) {
	test(`an interval that has grown ${what}`, () => {
		const policy = new BackoffPolicy(1000);
		assert.equal(after7(policy, 400), 4000);
		assert.equal(after7(policy, costMs, DECIDE - 1), 4000);
		assert.equal(after7(policy, costMs, 1), expectedMs);
	});
}

test('the backoff never swings between two intervals at a cost that does not change', () => {
	for (let costMs = 1; costMs < 4000; costMs += 7) {
		const policy = new BackoffPolicy(1000);
		const settled = after7(policy, costMs);
		assert.equal(after7(policy, costMs, 50), settled, `${costMs} ms`);
		assert.ok(costMs <= settled / 10 || settled === LONGEST_MS, `${costMs} ms`);
	}
});

test('the backoff is said only while it lasts', () => {
	const policy = new BackoffPolicy(1000);
	assert.equal(policy.backoff, null);
	after7(policy, 400);
	assert.deepEqual(policy.backoff, {intervalMs: 4000, wantedIntervalMs: 1000, costMs: 400});
	after7(policy, 10);
	assert.equal(policy.backoff, null);
});

test('another interval that is asked for holds at once, as far as looks allow', () => {
	const policy = new BackoffPolicy(1000);
	policy.want(200);
	assert.equal(policy.intervalMs, 200);
	after7(policy, 390);
	assert.equal(policy.intervalMs, 4000);
	policy.want(500);
	assert.deepEqual(policy.backoff, {intervalMs: 4000, wantedIntervalMs: 500, costMs: 390});
	policy.want(10_000);
	assert.equal(policy.intervalMs, 10_000);
	assert.equal(policy.backoff, null);
});

test('a cost that is no number is left out', () => {
	const policy = new BackoffPolicy(1000);
	after7(policy, Number.NaN, 20);
	assert.equal(policy.intervalMs, 1000);
});

const proc = fakeProc();
after(() => proc.remove());
proc.add({pid: 41, comm: 'traefik', exe: '/bin/traefik', files: {'net/tcp': '  sl\n', 'net/tcp6': '  sl\n'}});

/** A live source on whose clock of work a look costs what `costMs` says when the next one is asked for. */
function source(costMs: () => number, hasBackoff: boolean): LiveSource {
	let workMs = 0;
	let isLook = false;
	return liveSource({
		...{procRoot: proc.root, match: DEFAULT_MATCH, pids: [], intervalMs: 10, source: 'text', hasBackoff},
		workMs() {
			if (isLook) workMs += costMs();
			isLook = !isLook;
			return workMs;
		},
	});
}

type Seen = {readonly intervalMs: number | null | undefined; readonly backoff: Backoff | undefined};

async function seenUntil(live: LiveSource, isEnd: (seen: readonly Seen[], tick: Tick) => boolean): Promise<Seen[]> {
	const seen: Seen[] = [];
	for await (const tick of live) {
		seen.push({intervalMs: tick.readings[0]?.intervalMs, backoff: tick.backoff});
		if (isEnd(seen, tick)) live.stop();
	}
	return seen;
}

test('a live source looks more rarely while looks are expensive, and says so with each', async () => {
	let costMs = 3;
	const seen = await seenUntil(
		source(() => costMs, true),
		(ticks, {backoff}) => {
			if (backoff !== undefined) costMs = 0.1;
			return ticks.length > 2 * DECIDE;
		},
	);
	const backoff = {intervalMs: 30, wantedIntervalMs: 10, costMs: 3};
	assert.deepEqual(seen, [
		...Array(DECIDE).fill({intervalMs: 10, backoff: undefined}),
		...Array(DECIDE).fill({intervalMs: 30, backoff}),
		{intervalMs: 10, backoff: undefined},
	]);
});

test('a live source that is told not to back off never does', async () => {
	const seen = await seenUntil(
		source(() => 500, false),
		(ticks) => ticks.length === 2 * DECIDE,
	);
	assert.ok(seen.every(({intervalMs, backoff}) => intervalMs === 10 && backoff === undefined));
});
