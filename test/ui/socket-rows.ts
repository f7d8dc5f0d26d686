/** Sockets made by hand, of the backend that is down in incident(). */

import type {BackendSockets} from '../../src/fold/socket-row.ts';
import {SYN_SENT} from '../../src/parse/tcp-state.ts';

export const sockets: BackendSockets = {
	instance: 'lb1/4121',
	address: '10.0.3.12:8080',
	rows: [
		{
			...{localPort: 43_254, state: SYN_SENT, inStateMs: 4000, inode: 80_138, txQueue: 1, rxQueue: 0, timer: 1},
			...{retransmits: 2, probes: 0, waitingMs: null, bytesSent: null, bytesReceived: null, totalRetrans: null},
		},
	],
};
