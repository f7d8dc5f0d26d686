/** The player of recordings: the same state at an instant, whichever way one came there. */
import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {DEFAULT_THRESHOLDS} from '../../src/detect/thresholds.ts';
import {snapshotObject} from '../../src/output/json.ts';
import type {Tick} from '../../src/reading.ts';
import type {Recording} from '../../src/source.ts';
import {ReplayPlayer} from '../../src/worker/player.ts';
import type {PlayerStatus} from '../../src/worker/protocol.ts';
import {T} from '../capture/readings.ts';
import {END, random, STEP_MS, TICKS, ticks, timeOf} from './incident.ts';

function recordingOf(all: readonly Tick[]): Recording {
	return {
		path: 'memory',
		host: 'lb1',
		note: null,
		from: all[0]?.time ?? null,
		to: all.at(-1)?.time ?? null,
		first: all[0]?.time ?? null,
		last: all.at(-1)?.time ?? null,
		isAscending: true,
		async *ticks(from) {
			const start =
				from === undefined
					? 0
					: Math.max(
							0,
							all.findLastIndex(({time}) => time <= from),
						);
			yield* all.slice(start);
		},
		damage: () => null,
		close() {},
	};
}

const PLAYED = {
	isWatched: () => true,
	names: new Map<string, string>(),
	thresholds: DEFAULT_THRESHOLDS,
	isFollowed: false,
	isPausedByFindings: false,
	isLooping: false,
	speed: 1,
	tell() {},
	showRows() {},
};

type Shown = {readonly time: number; readonly json: string; readonly status: PlayerStatus};

/** A player whose frames can be waited for. */
class Driver {
	readonly player: ReplayPlayer;
	readonly #frames: Shown[] = [];
	#wake: (() => void) | null = null;
	readonly #done: Promise<void>;

	constructor(
		recording: Recording,
		{isPlaying = false, isPausedByFindings = false, isFollowed = false, speed = 1, from = T} = {},
	) {
		this.player = new ReplayPlayer({
			...PLAYED,
			recording,
			isPausedByFindings,
			isFollowed,
			speed,
			show: async ({model, assessment}, status) => {
				const json = JSON.stringify(snapshotObject(model, assessment));
				this.#frames.push({time: model.time, json, status});
				this.#wake?.();
			},
		});
		if (!isPlaying) this.player.obey({type: 'pause'});
		this.#done = this.player.run(from);
	}

	/** The next frame that is not provisional. */
	async frame(): Promise<Shown> {
		for (;;) {
			const frame = this.#frames.shift();
			if (frame !== undefined && !frame.status.isProvisional) return frame;
			if (frame === undefined) {
				await new Promise<void>((resolve) => {
					this.#wake = resolve;
				});
			}
		}
	}

	/** What is shown at last, once the player is paused at `time`. */
	async until(time: number): Promise<Shown> {
		for (;;) {
			const frame = await this.frame();
			if (frame.time === time) return frame;
		}
	}

	async seek(time: number): Promise<Shown> {
		this.player.obey({type: 'seek', time});
		return this.frame();
	}

	async step(direction: 1 | -1): Promise<Shown> {
		this.player.obey({type: 'step', direction});
		return this.frame();
	}

	async close(): Promise<void> {
		this.player.close();
		await this.#done;
	}
}

const stateOf = ({json}: Shown) => JSON.parse(json) as {time: number; instances: {backends: {findings: unknown[]}[]}[]};

describe('a replay', () => {
	const recording = recordingOf(ticks());
	/** By place, as they show when one plays through. */
	const straight: Shown[] = [];
	let driver: Driver;
	before(async () => {
		driver = new Driver(recording);
		straight.push(await driver.frame());
		while (straight.length < TICKS) straight.push(await driver.step(1));
	});
	after(() => driver.close());

	test('steps through every look, and finds what happened', () => {
		assert.deepEqual(
			straight.map(({time}) => time),
			Array.from({length: TICKS}, (_, index) => timeOf(index)),
		);
		const rules = new Set(
			straight.flatMap(({json}) => [...json.matchAll(/"rule":"([a-z-]+)"/g)].map(([, rule]) => rule)),
		);
		assert.ok(rules.has('refused'), [...rules].join(' '));
	});

	test('shows the same after a seek as after playing there, wherever one comes from', async () => {
		const next = random(23);
		for (let i = 0; i < 60; i++) {
			const index = Math.trunc(next() * TICKS);
			const shown = await driver.seek(timeOf(index) + Math.trunc(next() * STEP_MS));
			assert.equal(shown.time, timeOf(index));
			assert.deepEqual(stateOf(shown), stateOf(straight[index] as Shown), `look ${index}`);
		}
	});

	test('shows the same after steps forth and back from anywhere', async () => {
		const next = random(42);
		for (let i = 0; i < 6; i++) {
			let index = 20 + Math.trunc(next() * (TICKS - 40));
			await driver.seek(timeOf(index));
			for (let steps = 0; steps < 8; steps++) {
				const direction = next() < 0.5 ? 1 : -1;
				index += direction;
				const shown = await driver.step(direction);
				assert.equal(shown.time, timeOf(index));
				assert.deepEqual(stateOf(shown), stateOf(straight[index] as Shown), `look ${index}`);
			}
		}
	});

	test('shows the same when it plays on after a seek', async () => {
		const playing = new Driver(recording, {isPlaying: true, speed: 64_000, from: timeOf(300)});
		const shown = await playing.until(END);
		assert.deepEqual(stateOf(shown), stateOf(straight[TICKS - 1] as Shown));
		await playing.close();
	});

	test('stays within the recording, whatever instant is asked for', async () => {
		assert.equal((await driver.seek(0)).time, T);
		assert.equal((await driver.seek(T - 1)).time, T);
		assert.equal((await driver.step(-1)).time, T);
		assert.equal((await driver.seek(END + 3_600_000)).time, END);
		assert.equal((await driver.step(1)).time, END);
		assert.equal((await driver.step(-1)).time, timeOf(TICKS - 2));
	});

	test('shows in a hole, however wide, what it shows at the last look before it', async () => {
		const index = 300;
		const before = ticks().slice(0, index + 1);
		const after = ticks().slice(index + 1, index + 40);
		for (const hole of [600_000, 3_600_000]) {
			const later = after.map((tick) => ({...tick, time: tick.time + hole}));
			const holed = new Driver(recordingOf([...before, ...later]));
			await holed.frame();
			for (const share of [0.1, 0.5, 0.99]) {
				const shown = await holed.seek(timeOf(index) + STEP_MS + hole * share);
				assert.deepEqual(stateOf(shown), stateOf(straight[index] as Shown));
				await holed.seek(timeOf(10));
			}
			await holed.close();
		}
	});

	test('does not forget steps that come faster than it takes them', async () => {
		await driver.seek(timeOf(100));
		for (let i = 0; i < 3; i++) driver.player.obey({type: 'step', direction: -1});
		assert.equal((await driver.until(timeOf(97))).time, timeOf(97));
		for (let i = 0; i < 5; i++) driver.player.obey({type: 'step', direction: 1});
		assert.equal((await driver.until(timeOf(102))).time, timeOf(102));
	});

	test('pauses at the look that opens an alarm, and shows it', async () => {
		const pausing = new Driver(recording, {isPlaying: true, isPausedByFindings: true, speed: 64_000});
		let frame = await pausing.frame();
		while (frame.status.isPlaying) frame = await pausing.frame();
		const opened = stateOf(frame).instances.flatMap(({backends}) => backends.flatMap(({findings}) => findings));
		assert.ok(opened.some((finding) => (finding as {from: number}).from === frame.time));
		await pausing.close();
	});

	test('shows a first frame of the last minutes before the whole, and says that it is provisional', async () => {
		const frames: boolean[] = [];
		const player = new ReplayPlayer({
			...PLAYED,
			recording,
			show: async (_, {isProvisional}) => {
				frames.push(isProvisional);
				if (!isProvisional) player.close();
			},
		});
		player.obey({type: 'pause'});
		await player.run(timeOf(400));
		assert.deepEqual(frames, [true, false]);
	});

	test('goes on where a recording grows, takes keys meanwhile, and knows the new end', async () => {
		const all = ticks();
		const known = all.slice(0, 100);
		let wake = () => {};
		const grow = (count: number) => {
			known.push(...all.slice(known.length, known.length + count));
			wake();
		};
		const growing: Recording = {
			...recordingOf(all.slice(0, 100)),
			async *ticks(from) {
				const start =
					from === undefined
						? 0
						: Math.max(
								0,
								known.findLastIndex(({time}) => time <= from),
							);
				for (let i = start; ; i++) {
					while (i >= known.length) {
						await new Promise<void>((resolve) => {
							wake = resolve;
						});
					}
					yield known[i] as Tick;
				}
			},
		};
		const following = new Driver(growing, {isPlaying: true, isFollowed: true, from: timeOf(99)});
		assert.equal((await following.frame()).time, timeOf(99));
		grow(1);
		const shown = await following.frame();
		assert.deepEqual([shown.time, shown.status.to, shown.status.isPlaying], [timeOf(100), timeOf(100), true]);
		assert.deepEqual(stateOf(shown), stateOf(straight[100] as Shown));
		const back = await following.seek(timeOf(50));
		assert.deepEqual(stateOf(back), stateOf(straight[50] as Shown));
		following.player.obey({type: 'end'});
		await following.until(timeOf(100));
		grow(1);
		assert.deepEqual(stateOf(await following.until(timeOf(101))), stateOf(straight[101] as Shown));
		await following.close();
	});
});
