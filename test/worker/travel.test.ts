/** The way back in time of a live view: what it shows is what a replay of the same readings shows. */
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {RecentCapture} from '../../src/capture/recent.ts';
import {RecentRecording} from '../../src/capture/recent-recording.ts';
import {DEFAULT_THRESHOLDS} from '../../src/detect/thresholds.ts';
import {unpackModel} from '../../src/model/packed-model.ts';
import {snapshotObject} from '../../src/output/json.ts';
import type {Tick} from '../../src/reading.ts';
import {openRecording} from '../../src/recording/open.ts';
import {LOOKBACK_MS} from '../../src/snapshot.ts';
import {ReplayPlayer} from '../../src/worker/player.ts';
import type {FromPlayer} from '../../src/worker/protocol.ts';
import {Travel} from '../../src/worker/travel.ts';
import {END, random, STEP_MS, TICKS, ticks, timeOf} from './incident.ts';

const scratch = mkdtempSync(join(tmpdir(), 'traefik-top-travel-'));
after(() => rmSync(scratch, {recursive: true}));

const JUDGED = {isWatched: () => true, names: new Map<string, string>(), thresholds: DEFAULT_THRESHOLDS};

type Shown = {readonly time: number; readonly isProvisional: boolean; readonly state: unknown};

/** Somebody who looks at what a travel shows. */
class Traveller {
	readonly travel: Travel;
	readonly said: FromPlayer[] = [];
	readonly #frames: Shown[] = [];
	#wake = () => {};
	#number = 0;

	constructor(recent: RecentCapture) {
		this.travel = new Travel({
			...JUDGED,
			open: () => new RecentRecording(recent),
			post: (said) => this.#hear(said),
		});
	}

	/** What is shown at last of an instant. */
	async seek(time: number): Promise<Shown> {
		this.#frames.length = 0;
		this.travel.obey({type: 'seek', time, number: ++this.#number});
		for (;;) {
			const frame = this.#frames.shift();
			if (frame !== undefined && !frame.isProvisional) return frame;
			if (frame === undefined) {
				await new Promise<void>((resolve) => {
					this.#wake = resolve;
				});
			}
		}
	}

	#hear(said: FromPlayer): void {
		this.said.push(said);
		if (said.type !== 'frame') return;
		const model = unpackModel(said.model);
		const state: unknown = JSON.parse(JSON.stringify(snapshotObject(model, said.assessment)));
		this.#frames.push({time: model.time, isProvisional: said.status.isProvisional, state});
		setImmediate(() => this.travel.obey({type: 'drawn'}));
		this.#wake();
	}
}

/** What a replay of a file shows at an instant. */
async function replayed(path: string, time: number): Promise<unknown> {
	const recording = await openRecording(path, {source: 'auto'});
	let state: unknown;
	const player: ReplayPlayer = new ReplayPlayer({
		...{...JUDGED, recording, isFollowed: false, isPausedByFindings: false, isLooping: false, speed: 1},
		tell() {},
		showRows() {},
		async show({model, assessment}, {isProvisional}) {
			if (isProvisional) return;
			state = JSON.parse(JSON.stringify(snapshotObject(model, assessment)));
			player.close();
		},
	});
	player.obey({type: 'pause'});
	await player.run(time);
	recording.close();
	return state;
}

async function keep(recent: RecentCapture, kept: readonly Tick[]): Promise<void> {
	for (const tick of kept) await recent.record(tick).finish();
}

describe('a travel back from now', () => {
	const all = ticks();
	const recent = new RecentCapture();
	let traveller: Traveller;
	before(async () => {
		await keep(recent, all);
		traveller = new Traveller(recent);
	});
	after(() => {
		traveller.travel.leave();
		recent.close();
	});

	test('shows what a replay of the written file shows, whichever way one came there', async () => {
		const {path} = await recent.save(join(scratch, 'written.capture'));
		const next = random(5);
		const first = TICKS - LOOKBACK_MS / STEP_MS;
		for (let i = 0; i < 12; i++) {
			const index = first + Math.trunc(next() * (TICKS - first));
			const shown = await traveller.seek(timeOf(index) + Math.trunc(next() * STEP_MS));
			assert.equal(shown.time, timeOf(index));
			assert.deepEqual(shown.state, await replayed(path, timeOf(index)), `look ${index}`);
			const following = await traveller.seek(timeOf(index + 1));
			if (index + 1 < TICKS) assert.deepEqual(following.state, await replayed(path, timeOf(index + 1)));
		}
	});

	test('finds what was wrong then', async () => {
		const {state} = await traveller.seek(timeOf(410));
		assert.match(JSON.stringify(state), /"rule":"refused"/);
	});

	test('stays within what is kept', async () => {
		assert.equal((await traveller.seek(0)).time, recent.from);
		assert.equal((await traveller.seek(END + 3_600_000)).time, END);
	});

	test('shows a first frame before the whole, and says that it is provisional', async () => {
		traveller.said.length = 0;
		await traveller.seek(timeOf(300));
		await traveller.seek(END);
		const frames = traveller.said.flatMap((said) => (said.type === 'frame' ? [said.status.isProvisional] : []));
		assert.deepEqual(frames.slice(-2), [true, false]);
	});
});

describe('a travel back while reading goes on', () => {
	const all = ticks();

	test('does not depend on what came later, and reaches it', async () => {
		const recent = new RecentCapture();
		await keep(recent, all.slice(0, 100));
		const traveller = new Traveller(recent);
		const before = await traveller.seek(timeOf(70));
		await traveller.seek(timeOf(99));
		await keep(recent, all.slice(100, 140));
		assert.equal((await traveller.seek(timeOf(139))).time, timeOf(139));
		assert.deepEqual(await traveller.seek(timeOf(70)), before);
		await keep(recent, all.slice(140, 141));
		const {path} = await recent.save(join(scratch, 'later.capture'));
		const last = await traveller.seek(timeOf(140));
		assert.deepEqual(last.state, await replayed(path, timeOf(140)));
		traveller.travel.leave();
		recent.close();
	});

	test('starts again after the way back to now', async () => {
		const recent = new RecentCapture();
		await keep(recent, all.slice(0, 100));
		const traveller = new Traveller(recent);
		const before = await traveller.seek(timeOf(70));
		traveller.travel.leave();
		await keep(recent, all.slice(100, 110));
		assert.deepEqual(await traveller.seek(timeOf(70)), before);
		traveller.travel.leave();
		recent.close();
	});

	test('shows with each frame the rows of the backend that is open, of that instant', async () => {
		const recent = new RecentCapture();
		await keep(recent, all.slice(0, 100));
		const traveller = new Traveller(recent);
		const shown = (await traveller.seek(timeOf(50))) as {
			state: {instances: {id: string; backends: {address: string}[]}[]};
		};
		const [instance] = shown.state.instances;
		const open = {instance: instance?.id ?? '', address: instance?.backends[0]?.address ?? ''};
		traveller.travel.openBackend(open);
		const ports = async (index: number) => {
			await traveller.seek(timeOf(index));
			const frame = traveller.said.findLast((said) => said.type === 'frame');
			assert.ok(frame?.type === 'frame' && frame.rows !== null);
			assert.equal(frame.rows.address, open.address);
			return frame.rows.rows.map(({localPort}) => localPort).sort();
		};
		const early = await ports(50);
		assert.ok(early.length > 0);
		assert.notDeepEqual(await ports(90), early);
		assert.deepEqual(await ports(50), early);
		traveller.travel.leave();
		recent.close();
	});
});
