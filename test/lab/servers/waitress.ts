import {application} from './application.ts';
import {moduleMissing, python} from './installed.ts';
import type {Server} from './server.ts';

/** One process that accepts and reads everything at once, and a pool of threads that serve the requests in turn. */
export const waitress: Server = {
	about: 'Python, one process with a pool of threads',
	usual: {workers: 1, threads: 4},
	can: ['backlog'],
	capacity: ({threads}) => threads,
	missing: () => moduleMissing('waitress'),
	plan: ({host, port, tuning}) => {
		const {threads, backlog, keepAliveSeconds} = tuning;
		return {
			files: application('wsgi.py'),
			commands: [
				[
					python(),
					'-m',
					'waitress',
					`--host=${host}`,
					`--port=${port}`,
					`--threads=${threads}`,
					...(backlog === null ? [] : [`--backlog=${backlog}`]),
					...(keepAliveSeconds ? [`--channel-timeout=${keepAliveSeconds}`, '--cleanup-interval=1'] : []),
					'wsgi:application',
				],
			],
		};
	},
};
