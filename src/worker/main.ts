/**
The parser worker: reads, parses, folds and records on its own thread, so that the screen stays responsive. Of a recording
it also judges what it reads, since a jump in time is some hundred looks at once.
*/
import {isMainThread, parentPort, workerData} from 'node:worker_threads';
import {LiveWorker} from './live-worker.ts';
import type {ReplayOptions, WorkerOptions} from './protocol.ts';
import {runReplay} from './replay-host.ts';

if (isMainThread || parentPort === null) throw new Error('worker/main.ts runs as a worker thread');
const options = workerData as WorkerOptions | ReplayOptions;
if (options.kind === 'replay') await runReplay(options, parentPort);
else await new LiveWorker(options, parentPort).run();
