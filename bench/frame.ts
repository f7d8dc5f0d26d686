/**
How large a frame of a replay is that the parser worker posts to the screen, and what of it is what:
`node bench/frame.ts [BACKENDS] [SECONDS]`, with five sockets a backend of which one in 50 is new each second. Bytes as
v8.serialize() makes them, which is what crosses the thread boundary.
*/
import {deserialize, serialize} from 'node:v8';
import {Assessor} from '../src/detect/assessor.ts';
import {DEFAULT_THRESHOLDS} from '../src/detect/thresholds.ts';
import {Fold} from '../src/fold/fold.ts';
import {packModel} from '../src/model/packed-model.ts';
import {syntheticTick} from './synthetic.ts';

const backends = Number(process.argv[2] ?? 1000);
const seconds = Number(process.argv[3] ?? 120);
const load = {backends, sockets: 5 * backends, newPerSecond: backends / 10};
const fold = new Fold({isWatched: () => true});
const assessor = new Assessor({names: new Map(), thresholds: DEFAULT_THRESHOLDS, source: 'recording'});
let seen = assessor.see(fold.fold(syntheticTick(0, load)));
for (let second = 1; second <= seconds; second++) seen = assessor.see(fold.fold(syntheticTick(second, load)));

const bytesOf = (value: unknown) => serialize(value).length;
const pass = () => deserialize(serialize({model: packModel(seen.model), assessment: seen.assessment}));
const times = Array.from({length: 9}, () => {
	const started = performance.now();
	pass();
	return performance.now() - started;
}).sort((a, b) => a - b);
const model = packModel(seen.model);
const [instance] = model.instances;
const tracks = instance?.backends.map(({track}) => track) ?? [];
const parts = {
	'a frame': bytesOf({model, assessment: seen.assessment}),
	'tracks: buckets': bytesOf(tracks.map((track) => track.buckets)),
	'tracks: recent': bytesOf(tracks.map((track) => track.recent)),
	'facts of backends': bytesOf(instance?.backends.map(({now}) => now)),
	'backends without tracks': bytesOf(instance?.backends.map(({track, ...backend}) => backend)),
	snapshot: bytesOf(instance?.snapshot),
	assessment: bytesOf(seen.assessment),
};
for (const [part, size] of Object.entries(parts)) console.log(`${part.padEnd(26)} ${(size / 1e6).toFixed(2)} MB`);
console.log(`pack, serialize and read   ${times[4]?.toFixed(0)} ms, median of ${times.length}`);
