/** What a real web server is to the lab: what must be installed, what it is started with, what it can do. */
import type {BackendOptions} from '../agents/backend.ts';

/** What of a server's configuration the lab can choose; null: the server's own default. */
export type Tuning = {
	/** Processes that serve requests (php-fpm: its children; haproxy: requests that it passes on at a time). */
	readonly workers: number;
	/** Threads of each of them; more than one chooses gunicorn's gthread and Apache's event module. */
	readonly threads: number;
	/** The queue of listen(2). */
	readonly backlog: number | null;
	/** How long an idle connection is kept; 0: every answer ends its connection. */
	readonly keepAliveSeconds: number | null;
	/** Connections at a time; further ones are closed at once. */
	readonly connections: number | null;
};

/** Where a server is to run, and how. */
export type Site = {
	readonly name: string;
	/** Its own: configuration, sockets, logs. */
	readonly folder: string;
	readonly host: string;
	readonly port: number;
	readonly tuning: Tuning;
	/** A PEM file of key and certificate, for HTTPS; null: plain HTTP. */
	readonly pem: string | null;
	readonly isHttp2: boolean;
};

export type Plan = {
	/** To write into the folder before the start. */
	readonly files: Readonly<Record<string, string>>;
	/** Started in this order; the first one has the workers and is sent the signals. */
	readonly commands: readonly (readonly string[])[];
	/** The lab's own backend, as the application that the server passes requests on to, or as the server itself. */
	readonly application?: Pick<BackendOptions, 'socket' | 'backlog' | 'keepAliveMs' | 'connections'>;
};

/**
What only some servers can do: `close` every connection after its answer, `reload` without losing a request, have worker
processes of which some can hang, take the length of their listen queue, leave new connections in it while they are busy, limit
their `connections`, misbehave as the lab's own backend does on order (resets, leaks, unread uploads).
*/
export type Feature =
	| 'https'
	| 'h2'
	| 'h2c'
	| 'websockets'
	| 'close'
	| 'reload'
	| 'worker processes'
	| 'backlog'
	| 'waiting in the backlog'
	| 'connections'
	| 'misbehaviour';

export type Server = {
	readonly about: string;
	/** How the lab starts it, unless told otherwise. */
	readonly usual: Pick<Tuning, 'workers' | 'threads'>;
	readonly can: readonly Feature[];
	/** Makes it replace its workers, which finish what they do. */
	readonly reloadSignal?: NodeJS.Signals;
	/** Requests at a time; null: an event loop, which only a handler that blocks can occupy. */
	readonly capacity: (tuning: Tuning) => number | null;
	/** What is not installed, and where it is to be had; null: everything is there. */
	readonly missing: () => string | null;
	readonly plan: (site: Site) => Plan;
};

export function tuningOf({usual}: Server, chosen: Partial<Tuning>): Tuning {
	return {backlog: null, keepAliveSeconds: null, connections: null, ...usual, ...chosen};
}

/** Where the applications read how to behave: lines of `KEY=VALUE`, read again at every request. */
export const behaviourFile = (folder: string) => `${folder}/behaviour.ini`;
