import {application} from './application.ts';
import {python} from './installed.ts';
import {behaviourFile, type Server} from './server.ts';

/** What `python -m http.server` runs: HTTP/1.0, a thread and a connection per request. */
export const httpServer: Server = {
	about: "Python's http.server, as `python -m http.server` starts it: every answer ends its connection",
	usual: {workers: 1, threads: 1},
	can: ['close'],
	capacity: () => null,
	missing: () => null,
	plan: ({name, folder, host, port}) => ({
		files: application('http_server.py'),
		commands: [[python(), 'http_server.py', name, behaviourFile(folder), host, String(port)]],
	}),
};
