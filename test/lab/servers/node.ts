import type {Server} from './server.ts';

/** The lab's own backend as Node's defaults have it: idle connections are closed after 5 s. */
export const node: Server = {
	about: 'the HTTP server of Node: an event loop',
	usual: {workers: 1, threads: 1},
	can: ['https', 'h2', 'websockets', 'close', 'backlog', 'waiting in the backlog', 'connections', 'misbehaviour'],
	capacity: () => null,
	missing: () => null,
	plan: ({tuning: {backlog, keepAliveSeconds, connections}}) => ({
		files: {},
		commands: [],
		application: {
			backlog: backlog ?? 511,
			keepAliveMs: (keepAliveSeconds ?? 5) * 1000,
			...(connections !== null && {connections}),
		},
	}),
};
