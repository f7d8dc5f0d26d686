import assert from 'node:assert/strict';
import {test} from 'node:test';
import {SocketList} from '../../src/output/sockets.ts';
import {newRow} from '../../src/parse/row.ts';

test('lists the rows of tcp, then those of tcp6, each in the order in which they came', () => {
	const list = new SocketList();
	for (const [table, port] of [
		[6, 1],
		[4, 2],
		[6, 3],
		[4, 4],
	] as const) {
		list.visit({...newRow(), table, localPort: port, state: 1});
	}
	const ports = list.entries().map(({local}) => Number(local.split(':').at(-1)));
	assert.deepEqual(ports, [2, 4, 1, 3]);
});

test('names states and timers, and says null of numbers that have no name', () => {
	const list = new SocketList();
	list.visit({...newRow(), state: 10, timer: 2});
	list.visit({...newRow(), state: 12, timer: 9});
	list.visit({...newRow(), state: 99, timer: 4});
	assert.deepEqual(
		list.entries().map(({state, timer}) => [state, timer]),
		[
			['listen', 'keepalive'],
			['synRecv', null],
			[null, 'probe'],
		],
	);
});
