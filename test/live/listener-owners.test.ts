import assert from 'node:assert/strict';
import {type TestContext, test} from 'node:test';
import type {Process} from '../../src/live/find.ts';
import {ListenerOwners} from '../../src/live/listener-owners.ts';
import {fakeProc} from './fake-proc.ts';

const INODE = 4711;

/** A namespace in which processes hold the socket, or do not. */
function namespaceOf(t: TestContext) {
	const proc = fakeProc();
	t.after(() => proc.remove());
	const processes = new Map<number, Process>();
	const owners = new ListenerOwners(proc.root, {processes, changes: 0});
	return {
		start(pid: number, {ppid = 1, isHolder = true} = {}) {
			const fds = isHolder ? {3: `socket:[${INODE}]`} : {0: '/dev/null'};
			proc.add({pid, comm: 'httpd', ppid, startTicks: pid, fds});
			const about = {comm: 'httpd', isKernelThread: false, isTraefik: false, executable: null};
			processes.set(pid, {pid, ppid, startTicks: pid, ...about});
		},
		end(pid: number) {
			proc.drop(pid);
			processes.delete(pid);
		},
		/** Pids of the holders. */
		look(seconds: number) {
			const {processes: found, isWhole} = owners.of(INODE, [...processes.values()], seconds * 1_000);
			return {pids: found.map(({pid}) => pid), isWhole};
		},
	};
}

test('workers that replace others are found within a second of their start', (t) => {
	const {start, end, look} = namespaceOf(t);
	start(100);
	for (const pid of [101, 102, 103]) start(pid, {ppid: 100});
	start(50, {isHolder: false});
	assert.deepEqual(look(0), {pids: [100, 101, 102, 103], isWhole: true});
	for (const pid of [101, 102, 103]) end(pid);
	assert.deepEqual(look(1), {pids: [100], isWhole: true});
	for (const pid of [201, 202, 203]) {
		start(pid, {ppid: 100});
		assert.equal(look(pid - 199).pids.at(-1), pid);
	}
	// with nobody gone, a newcomer has time
	start(300, {ppid: 100});
	look(30);
	start(301, {ppid: 100});
	assert.equal(look(31).pids.at(-1), 300);
	assert.equal(look(41).pids.at(-1), 301);
});

test('of more holders than are looked for, the oldest are known, and nobody says that they are all', (t) => {
	const {start, look} = namespaceOf(t);
	for (let pid = 160; pid >= 100; pid--) start(pid, {ppid: 100});
	const {pids, isWhole} = [0, 1, 2].map(look).at(-1) ?? assert.fail();
	assert.deepEqual([pids.length, pids[0], pids.at(-1), isWhole], [32, 100, 131, false]);
});
