import {application} from './application.ts';
import {moduleMissing, python} from './installed.ts';
import type {Server} from './server.ts';

/** One event loop in each process; idle connections are closed after 5 s. */
export const uvicorn: Server = {
	about: 'Python, an event loop in each process',
	usual: {workers: 2, threads: 1},
	can: ['https', 'websockets', 'close', 'reload', 'backlog', 'waiting in the backlog'],
	reloadSignal: 'SIGHUP',
	capacity: () => null,
	missing: () => moduleMissing('uvicorn', 'websockets'),
	plan: ({folder, host, port, tuning, pem}) => {
		const {workers, backlog, keepAliveSeconds} = tuning;
		return {
			files: application('asgi.py'),
			commands: [
				[
					python(),
					'-m',
					'uvicorn',
					`--host=${host}`,
					`--port=${port}`,
					`--workers=${workers}`,
					`--app-dir=${folder}`,
					'--lifespan=off',
					'--log-level=warning',
					'--no-access-log',
					...(backlog === null ? [] : [`--backlog=${backlog}`]),
					...(keepAliveSeconds ? [`--timeout-keep-alive=${keepAliveSeconds}`] : []),
					...(pem === null ? [] : [`--ssl-certfile=${pem}`, `--ssl-keyfile=${pem}`]),
					'asgi:application',
				],
			],
		};
	},
};
