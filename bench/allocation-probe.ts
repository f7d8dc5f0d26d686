/** Loaded into each thread of the program by allocation.ts: samples what is allocated for a while, garbage included. */
import {writeFileSync} from 'node:fs';
import {Session} from 'node:inspector';
import {threadId} from 'node:worker_threads';

const [folder = '', afterMs, forMs] = (process.env['TRAEFIK_TOP_ALLOCATION'] ?? '').split(',');
const session = new Session();

function begin(): void {
	session.connect();
	session.post('HeapProfiler.enable');
	session.post('HeapProfiler.startSampling', {
		samplingInterval: 512,
		includeObjectsCollectedByMajorGC: true,
		includeObjectsCollectedByMinorGC: true,
	});
	setTimeout(end, Number(forMs)).unref();
}

function end(): void {
	session.post('HeapProfiler.stopSampling', (_, {profile}) => {
		writeFileSync(`${folder}/${threadId}.json`, JSON.stringify(profile));
	});
}

setTimeout(begin, Number(afterMs)).unref();
