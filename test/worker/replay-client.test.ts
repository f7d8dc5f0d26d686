/** A replay on its own thread: what comes over is what the same recording shows in one thread. */
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, describe, test} from 'node:test';
import {CaptureWriter} from '../../src/capture/writer.ts';
import {Assessor} from '../../src/detect/assessor.ts';
import {DEFAULT_THRESHOLDS} from '../../src/detect/thresholds.ts';
import {InterruptedError, UserError} from '../../src/errors.ts';
import {Fold} from '../../src/fold/fold.ts';
import {DRAWN_METRICS} from '../../src/model/metric.ts';
import type {Model} from '../../src/model/model.ts';
import {unpackModel} from '../../src/model/packed-model.ts';
import {series} from '../../src/model/series.ts';
import {snapshotObject} from '../../src/output/json.ts';
import type {Row} from '../../src/parse/row.ts';
import {openRecording} from '../../src/recording/open.ts';
import type {Marks, PlayerStatus, ReplayFrame, ReplayOptions} from '../../src/worker/protocol.ts';
import {type ReplayThread, startReplay} from '../../src/worker/replay-client.ts';
import {dial, T, tickOf} from '../capture/readings.ts';

const INCIDENT = join(import.meta.dirname, '../../fixtures/recordings/killed.capture');
const scratch = mkdtempSync(join(tmpdir(), 'replay-thread-'));
after(() => rmSync(scratch, {recursive: true}));

type Options = Omit<ReplayOptions, 'kind' | 'spool'>;

function optionsOf(path: string, more: Partial<Options> = {}): Options {
	const shown = {backend: [], ignore: [], names: new Map(), thresholds: DEFAULT_THRESHOLDS};
	const played = {isFollowed: false, isPausedByFindings: false, isLooping: false, speed: 1, isMarked: false};
	return {paths: [path], source: 'auto', ...shown, ...played, ...more};
}

/** What a thread says, to be waited for. */
class Listener {
	readonly #thread: ReplayThread;
	readonly #frames: {readonly frame: ReplayFrame; readonly status: PlayerStatus}[] = [];
	readonly #marks: Marks[] = [];
	#wake = () => {};

	constructor(thread: ReplayThread) {
		this.#thread = thread;
		thread.listen({
			frame: (frame, status) => {
				this.#frames.push({frame, status});
				this.#wake();
			},
			status() {},
			rows() {},
			marks: (marks) => {
				this.#marks.push(marks);
				this.#wake();
			},
		});
	}

	async settled(): Promise<ReplayFrame> {
		for (;;) {
			const next = await this.#next(this.#frames);
			if (!next.status.isProvisional) return next.frame;
		}
	}

	marks(): Promise<Marks> {
		return this.#next(this.#marks);
	}

	async #next<T>(queue: T[]): Promise<T> {
		for (;;) {
			const first = queue.shift();
			if (first !== undefined) return first;
			await Promise.race([
				this.#thread.ended,
				new Promise<void>((resolve) => {
					this.#wake = resolve;
				}),
			]);
		}
	}
}

/** What one thread makes of the recording up to a time. */
async function straight(path: string, until: number) {
	const recording = await openRecording(path, {source: 'auto'});
	const fold = new Fold();
	const assessor = new Assessor({names: new Map(), thresholds: DEFAULT_THRESHOLDS, source: 'recording'});
	let seen = null;
	for await (const tick of recording.ticks()) {
		if (tick.time > until) break;
		seen = assessor.see(fold.fold(tick));
	}
	recording.close();
	assert.ok(seen);
	return seen;
}

function drawn({clockMs, instances}: Model) {
	return instances.map(({backends}) =>
		backends.map(({address, track}) => [
			address,
			track.firstSeenMs,
			...DRAWN_METRICS.flatMap((metric) => [
				series(track, metric, clockMs, 60_000, 30),
				series(track, metric, clockMs, 900_000, 45),
				series(track.copy(), metric, clockMs, 60_000, 12),
			]),
		]),
	);
}

describe('a replay on its own thread', () => {
	test('shows at an instant what one thread shows there, curves and verdicts included', async () => {
		const thread = await startReplay(optionsOf(INCIDENT));
		const listener = new Listener(thread);
		const {from, to} = thread.about;
		assert.ok(from !== null && to !== null);
		thread.send({type: 'seek', time: from});
		thread.send({type: 'pause'});
		await listener.settled();
		for (const share of [0.9, 0.4, 1, 0.6]) {
			const time = Math.round(from + (to - from) * share);
			thread.send({type: 'seek', time});
			const {model, assessment} = await listener.settled();
			const shown = unpackModel(model);
			const expected = await straight(INCIDENT, time);
			assert.deepEqual(snapshotObject(shown, assessment), snapshotObject(expected.model, expected.assessment));
			assert.deepEqual(drawn(shown), drawn(expected.model));
		}
		await thread.close();
	});

	test('finds the same marks as a report does', async () => {
		const thread = await startReplay(optionsOf(INCIDENT, {isMarked: true}));
		const listener = new Listener(thread);
		thread.send({type: 'seek', time: thread.about.from ?? 0});
		const rules = new Set<string>();
		while (!rules.has('refused')) for (const {rule} of (await listener.marks()).findings) rules.add(rule);
		await thread.close();
	});

	test('adds marks while the recording grows', async () => {
		const path = join(scratch, 'growing.capture');
		const rows = (state: number): Partial<Row>[] =>
			Array.from({length: 20}, (_, i) => dial(40_000 + i, {state, rxQueue: 1}));
		const write = async (from: number, until: number, state: number) => {
			const writer = new CaptureWriter(path);
			for (let second = from; second < until; second++) {
				const time = T + second * 1000;
				await writer.write(tickOf(time, rows(state), {isAlone: true, monotonicMs: 1000 + second * 1000}));
			}
			await writer.close();
		};
		await write(0, 30, 1);
		const thread = await startReplay(optionsOf(path, {isMarked: true, isFollowed: true}));
		const listener = new Listener(thread);
		thread.send({type: 'seek', time: T});
		assert.deepEqual((await listener.marks()).findings, []);
		await write(30, 130, 8);
		const rules = new Set<string>();
		while (!rules.has('close-wait')) for (const {rule} of (await listener.marks()).findings) rules.add(rule);
		await thread.close();
	});

	test('says of a file that is not a recording what it is', async () => {
		await assert.rejects(startReplay(optionsOf(import.meta.filename)), (error) => {
			assert.ok(error instanceof UserError);
			assert.match(error.message, /is not a recording: line 1 reads/);
			assert.notEqual(error.hint, '');
			return true;
		});
	});

	test('ends when it is told to while it is opened', async () => {
		const told = new AbortController();
		const opening = startReplay(optionsOf(INCIDENT), {signal: told.signal});
		told.abort();
		await assert.rejects(opening, InterruptedError);
	});

	test('opens what had come when the signal came before it', async () => {
		const thread = await startReplay(optionsOf(INCIDENT), {signal: AbortSignal.abort()});
		assert.notEqual(thread.about.from, null);
		await thread.close();
	});

	test('ends when it is closed, also while it waits for more', async () => {
		for (const isFollowed of [false, true]) {
			const thread = await startReplay(optionsOf(INCIDENT, {isFollowed, isMarked: true}));
			const listener = new Listener(thread);
			thread.send({type: 'seek', time: thread.about.to ?? 0});
			await listener.settled();
			await thread.close();
			await thread.ended;
		}
	});
});
