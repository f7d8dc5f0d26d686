import {application} from './application.ts';
import {commandMissing, commandPath} from './installed.ts';
import {behaviourFile, type Server} from './server.ts';

/** The HTTP server of the JDK with a fixed pool: it accepts whatever comes, and requests wait for a thread. */
export const java: Server = {
	about: "the JDK's own HTTP server with a pool of threads",
	usual: {workers: 1, threads: 8},
	can: ['close', 'backlog'],
	capacity: ({threads}) => threads,
	missing: () => commandMissing('javac', 'apt install default-jdk-headless'),
	plan: ({name, folder, host, port, tuning}) => {
		const {threads, backlog, keepAliveSeconds} = tuning;
		return {
			files: application('Application.java'),
			commands: [
				[
					commandPath('java') ?? 'java',
					'-XX:+UseSerialGC',
					'-XX:TieredStopAtLevel=1',
					'-Xmx128m',
					...(keepAliveSeconds ? [`-Dsun.net.httpserver.idleInterval=${keepAliveSeconds}`] : []),
					'Application.java',
					...[name, behaviourFile(folder), host, port, backlog ?? 0, threads].map(String),
				],
			],
		};
	},
};
