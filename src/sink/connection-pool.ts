/** Who is connected to the exporter: a bounded number, each with one answer at a time that it must take within its time. */
import type {IncomingMessage, ServerResponse} from 'node:http';
import type {Socket} from 'node:net';

type Limits = {readonly maxConnections: number; readonly answerMs: number};

type Connection = {
	/** Since when it has been idle, or has been taking its answer. */
	since: number;
	isAnswering: boolean;
	/** Requests that came before the answer to the one before was taken (HTTP pipelining), in their order. */
	readonly waiting: (() => void)[];
};

/** A client that sends more before it reads wants no answers. */
const MAX_WAITING = 16;

export class ConnectionPool {
	readonly #limits: Limits;
	readonly #connections = new Map<Socket, Connection>();

	constructor(limits: Limits) {
		this.#limits = limits;
	}

	/** Of too many the longest idle one is closed; when all are taking answers, the one that has taken longest. */
	add(socket: Socket): void {
		this.#connections.set(socket, {since: performance.now(), isAnswering: false, waiting: []});
		socket.once('close', () => this.#connections.delete(socket));
		if (this.#connections.size <= this.#limits.maxConnections) return;
		let longest: [Socket, Connection] | null = null;
		for (const each of this.#connections) {
			if (each[0] !== socket && (longest === null || goesBefore(each[1], longest[1]))) longest = each;
		}
		if (longest === null) return;
		this.#connections.delete(longest[0]);
		longest[0].destroy();
	}

	/** Calls `answer` when it is the request's turn. */
	take({socket}: IncomingMessage, response: ServerResponse, answer: () => void): void {
		const connection = this.#connections.get(socket);
		if (connection === undefined) return void socket.destroy();
		const start = () => {
			connection.isAnswering = true;
			connection.since = performance.now();
			const limit = setTimeout(() => socket.destroy(), this.#limits.answerMs);
			response.once('close', () => {
				clearTimeout(limit);
				connection.isAnswering = false;
				connection.since = performance.now();
				if (!socket.destroyed) connection.waiting.shift()?.();
			});
			answer();
		};
		if (!connection.isAnswering) start();
		else if (connection.waiting.length < MAX_WAITING) connection.waiting.push(start);
		else socket.destroy();
	}
}

function goesBefore(a: Connection, b: Connection): boolean {
	return a.isAnswering === b.isAnswering ? a.since < b.since : b.isAnswering;
}
