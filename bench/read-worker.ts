/**
One way of reading, in a thread of its own as in the product, where a worker does the same at every look: code that is
used in two ways is compiled for both of them in one thread, and slower for each. Reads once for each message and answers
when it is done. See read.ts.
*/
import {parentPort, workerData} from 'node:worker_threads';
import {Fold} from '../src/fold/fold.ts';
import {openNetlink} from '../src/live/netlink.ts';
import {TextTables} from '../src/live/text-tables.ts';
import {newRow, type TableCount, type Visit} from '../src/parse/row.ts';
import {NOTHING_READ, type Reading} from '../src/reading.ts';

const {pid, rowSource, hasToFold} = workerData as {pid: number; rowSource: 'text' | 'netlink'; hasToFold: boolean};
const row = newRow();
const fold = new Fold();
let now = 1_700_000_000_000;

function whole(count: TableCount): TableCount {
	if (count.problem) throw new Error(count.problem);
	return count;
}

function openText(): Reading['visit'] {
	const tables = new TextTables();
	return (visit) => {
		const problem = tables.begin(`/proc/${pid}`);
		if (problem !== null) throw new Error(problem);
		return whole(tables.visit(row, visit));
	};
}

function openSockets(): Reading['visit'] {
	const source = openNetlink(pid);
	if ('problem' in source) throw new Error(source.problem);
	return (visit) => whole(source.visit(row, visit));
}

function readingOf(visit: Reading['visit']): Reading {
	now += 1000;
	return {
		...NOTHING_READ,
		instance: {id: rowSource, host: 'bench', via: null, pid: 1, startedAt: 1, netns: 1},
		time: now,
		monotonicMs: now,
		intervalMs: 1000,
		rowSource,
		isAlone: true,
		descriptors: 'denied',
		visit,
	};
}

const visitAll = rowSource === 'text' ? openText() : openSockets();
const nothing: Visit = () => {};

parentPort?.on('message', () => {
	if (hasToFold) {
		const reading = readingOf(visitAll);
		fold.fold({time: reading.time, readings: [reading], problem: null});
	} else visitAll(nothing);
	parentPort?.postMessage(null);
});
