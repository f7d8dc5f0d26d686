import {application} from './application.ts';
import {moduleMissing, python} from './installed.ts';
import type {Server} from './server.ts';

/** Its sync workers serve one connection at a time and close it after the answer: nothing is ever kept alive. */
export const gunicorn: Server = {
	about: 'Python, a process per request (sync), or threads with --threads 4 (gthread)',
	usual: {workers: 4, threads: 1},
	can: ['https', 'close', 'reload', 'worker processes', 'backlog', 'waiting in the backlog'],
	reloadSignal: 'SIGHUP',
	capacity: ({workers, threads}) => workers * threads,
	missing: () => moduleMissing('gunicorn'),
	plan: ({folder, host, port, tuning, pem}) => {
		const {workers, threads, backlog, keepAliveSeconds} = tuning;
		return {
			files: application('wsgi.py'),
			commands: [
				[
					python(),
					'-m',
					'gunicorn',
					`--bind=${host.includes(':') ? `[${host}]` : host}:${port}`,
					`--workers=${workers}`,
					`--threads=${threads}`,
					`--worker-class=${threads > 1 ? 'gthread' : 'sync'}`,
					'--timeout=120',
					`--chdir=${folder}`,
					...(backlog === null ? [] : [`--backlog=${backlog}`]),
					...(keepAliveSeconds === null ? [] : [`--keep-alive=${keepAliveSeconds}`]),
					...(pem === null ? [] : [`--certfile=${pem}`, `--keyfile=${pem}`]),
					'wsgi:application',
				],
			],
		};
	},
};
