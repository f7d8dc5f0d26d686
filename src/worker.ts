/** The parser worker: reads, parses and folds on its own thread, so that the screen stays responsive. */
import {isMainThread, parentPort, workerData} from 'node:worker_threads';
import {Fold} from './fold.ts';
import {compilePattern, type EndpointTest} from './parse/pattern.ts';
import {liveSource} from './source/live.ts';
import {
	type BackendRows,
	type KnownNames,
	MAX_ROWS,
	type OpenBackend,
	packLook,
	type ToWorker,
	type WorkerOptions,
} from './worker-protocol.ts';

async function run(options: WorkerOptions, port: NonNullable<typeof parentPort>): Promise<void> {
	const source = liveSource(options);
	const fold = new Fold({isWatched: watched(options)});
	const known: KnownNames = new Map();
	let open: OpenBackend | null = null;

	port.on('message', (message: ToWorker) => {
		switch (message.type) {
			case 'interval':
				source.setInterval(message.intervalMs);
				break;
			case 'rows':
				open = message.of;
				break;
			case 'stop':
				source.stop();
				break;
		}
	});
	try {
		for await (const tick of source) {
			const look = fold.fold(tick);
			port.postMessage(packLook(look, rowsOf(fold, open), known));
		}
	} finally {
		port.close(); // nothing else keeps the thread alive
	}
}

function rowsOf(fold: Fold, open: OpenBackend | null): BackendRows | null {
	return open === null ? null : {...open, rows: fold.rowsOf(open.instance, open.address, MAX_ROWS)};
}

function watched({backend, ignore}: WorkerOptions): EndpointTest {
	const shown = backend.map(testOf);
	const hidden = ignore.map(testOf);
	return (words, port) =>
		(shown.length === 0 || shown.some((test) => test(words, port))) && !hidden.some((test) => test(words, port));
}

/** The command line has refused patterns that are none. */
function testOf(pattern: string): EndpointTest {
	const test = compilePattern(pattern);
	if (test === null) throw new Error(`no address pattern: ${pattern}`);
	return test;
}

if (isMainThread || parentPort === null) throw new Error('worker.ts runs as a worker thread');
await run(workerData, parentPort);
