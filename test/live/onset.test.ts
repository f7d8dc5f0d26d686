import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Onset} from '../../src/live/onset.ts';
import {type Ending, newEnding} from '../../src/parse/ending.ts';

const REFUSED: Partial<Ending> = {txQueue: 1, bytesSent: 0, bytesAcked: 0, bytesReceived: 0, segsIn: 1, dataSegsIn: 0};
const ANSWERED: Partial<Ending> = {
	...{rxQueue: 0, bytesSent: 100, bytesAcked: 102, bytesReceived: 201, dataSegsIn: 1, dataSegsOut: 1},
};

const ending = (host: number, said: Partial<Ending> = REFUSED): Ending => ({
	...newEnding(),
	remote: Uint32Array.of(0, 0, 0xffff, host),
	remotePort: 8080,
	...said,
});

/** Drains every 100 ms, a look each second; the times at which a look is due between. */
function extraLooks(seconds: number, endedAt: (ms: number) => readonly Ending[]): number[] {
	const onset = new Onset();
	onset.setBackends((remote) => (remote[3] ?? 0) < 100);
	const looks: number[] = [];
	let lookedMs = 0;
	for (let ms = 0; ms < seconds * 1_000; ms += 100) {
		for (const each of endedAt(ms)) onset.notice(each, ms);
		if (ms % 1_000 === 0) lookedMs = ms;
		else if (onset.isDue(ms, lookedMs)) {
			looks.push(ms);
			lookedMs = ms;
		}
	}
	return looks;
}

test('Onset asks for three looks when a backend begins to refuse, 200 ms apart, and for none while it goes on', () => {
	const refusing = (ms: number) => (ms >= 2_300 ? [ending(7)] : []);
	assert.deepEqual(extraLooks(14, refusing), [2_300, 2_500, 2_700]);
});

test('Onset asks for no look just after one that was taken', () => {
	assert.deepEqual(
		extraLooks(4, (ms) => (ms >= 2_100 ? [ending(7)] : [])),
		[2_200, 2_400, 2_600],
	);
});

test('Onset asks for at most five looks a second, however many backends begin to fail', () => {
	let host = 0;
	const looks = extraLooks(10, (ms) => (ms >= 1_000 && ms < 9_000 ? [ending(++host % 99)] : []));
	for (const from of looks) assert.ok(looks.filter((ms) => ms >= from && ms < from + 1_000).length <= 5);
});

test('Onset asks for none for what is answered, and for remotes that are not backends', () => {
	assert.deepEqual(
		extraLooks(5, () => [ending(7, ANSWERED), ending(200)]),
		[],
	);
});

test('Onset asks again when a backend fails after it has been well for a while', () => {
	const looks = extraLooks(40, (ms) => (ms === 2_300 || ms === 10_300 || ms === 30_300 ? [ending(7)] : []));
	assert.deepEqual(looks, [2_300, 2_500, 2_700, 30_300, 30_500, 30_700]);
});
