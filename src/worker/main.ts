/**
The parser worker: reads, parses, folds and records on its own thread, so that the screen stays responsive. Of a recording
it also judges what it reads, since a jump in time is some hundred looks at once.
*/
import {isMainThread, parentPort, workerData} from 'node:worker_threads';
import type {ReplayOptions, WorkerOptions} from './protocol.ts';

if (isMainThread || parentPort === null) throw new Error('worker/main.ts runs as a worker thread');
const options = workerData as WorkerOptions | ReplayOptions;
// Either is loaded alone: a live view judges nothing here before it goes back in time.
if (options.kind === 'replay') {
	const {runReplay} = await import('./replay-host.ts');
	await runReplay(options, parentPort);
} else {
	const {LiveWorker} = await import('./live-worker.ts');
	await new LiveWorker(options, parentPort).run();
}
