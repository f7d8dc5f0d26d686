/** A backend that behaves as it is told. */
import {createHash} from 'node:crypto';
import {chmodSync, rmSync} from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type {Duplex} from 'node:stream';
import {agentOptions, obey} from './order.ts';

export type BackendOptions = {
	readonly name: string;
	/** Where it listens: `::` where it is alone. */
	readonly host: string;
	readonly port: number;
	/** `https` offers HTTP/1.1 only, `h2` both by ALPN; `h2c` is HTTP/2 with prior knowledge. */
	readonly protocol: 'http' | 'https' | 'h2' | 'h2c';
	/** PEM, for `https` and `h2`. */
	readonly key?: string;
	readonly cert?: string;
	/** A Unix socket to listen at instead: the application of a web server in front of it. */
	readonly socket?: string;
	readonly backlog?: number;
	/** How long idle connections are kept; 0: every answer ends its connection. */
	readonly keepAliveMs?: number;
	/** Connections at a time; further ones are closed at once. */
	readonly connections?: number;
	readonly behaviour: Behaviour;
};

export type Behaviour = {
	readonly latencyMs: number;
	/** A share of the requests that take `ms` instead; Infinity (null in JSON) never answers. */
	readonly tail?: {readonly share: number; readonly ms: number | null} | null;
	/** Every answer ends its connection. */
	readonly closes?: boolean;
	/** Waiting blocks the event loop. */
	readonly isBlocking?: boolean;
	/** As `closes`, but this end never closes: the application leaks its sockets. */
	readonly leaks?: boolean;
	/** Bodies are not read: the window closes. */
	readonly isDeaf?: boolean;
	/** A new connection is reset instead of being served. */
	readonly resetShare?: number;
	/** Answers with this status. */
	readonly status?: number;
};
export type BackendOrder = Partial<Behaviour> & {readonly halfCloseWebsockets?: true};

/** HTTP/2 requests come through Node's compatibility API: the same methods. */
type Request = http.IncomingMessage;
type Response = http.ServerResponse;

const options = agentOptions<BackendOptions>();
let behaviour = options.behaviour;
const upgraded = new Set<Duplex>();
const leaked = new Set<() => void>();
const unheard = new Set<() => void>();

const server = makeServer();
if (options.connections !== undefined) server.maxConnections = options.connections;
if (options.socket === undefined) {
	server.listen(options.port, options.host, options.backlog ?? 4096, () => obey<BackendOrder>(change));
} else {
	const {socket} = options;
	rmSync(socket, {force: true});
	server.listen(socket, () => {
		chmodSync(socket, 0o777); // the web server may run as a user of its own
		obey<BackendOrder>(change);
	});
}
server.on('error', (error) => {
	if (!server.listening) throw error; // else accept() failed, which is what running out of descriptors looks like
});
process.on('SIGTERM', () => {
	behaviour = {...behaviour, closes: true};
	server.close(() => process.exit(0));
	for (const socket of upgraded) socket.destroy();
});

function makeServer(): http.Server | https.Server | http2.Http2Server | http2.Http2SecureServer {
	const {key, cert} = options;
	const tls = {...(key && {key}), ...(cert && {cert})};
	const keepAliveTimeout = options.keepAliveMs || 600_000;
	switch (options.protocol) {
		case 'http':
			return withUpgrade(http.createServer({keepAliveTimeout}, answer));
		case 'https':
			return withUpgrade(https.createServer({...tls, keepAliveTimeout}, answer));
		case 'h2':
			return http2.createSecureServer({...tls, allowHTTP1: true}, answerAny);
		case 'h2c':
			return http2.createServer(answerAny);
	}
}

function change(order: BackendOrder): void {
	const {halfCloseWebsockets, ...rest} = order;
	behaviour = {...behaviour, ...rest};
	if (halfCloseWebsockets) for (const socket of upgraded) socket.end();
	if (rest.leaks === false) release(leaked);
	if (rest.isDeaf === false) release(unheard);
}

function release(held: Set<() => void>): void {
	for (const each of held) each();
	held.clear();
}

function answer(request: Request, response: Response): void {
	if (behaviour.resetShare && Math.random() < behaviour.resetShare && 'resetAndDestroy' in request.socket) {
		request.socket.resetAndDestroy();
		return;
	}
	const url = new URL(request.url ?? '/', 'http://backend');
	const path = url.pathname;
	if (behaviour.isDeaf && request.method === 'POST') {
		request.pause();
		unheard.add(() => answer(request, response));
		return;
	}
	if (path.endsWith('/sse')) {
		serveEvents(response);
		return;
	}
	const asked = url.searchParams.get('ms');
	const wait = asked === null ? nextLatency() : Number(asked);
	if (wait === null) return;
	const bytes = Number(url.searchParams.get('bytes') ?? 200);
	const isBlocking = behaviour.isBlocking || path.endsWith('/block');
	const reply = () => {
		if (isBlocking) block(wait);
		setTimeout(() => send(response, bytes), isBlocking ? 0 : wait);
	};
	if (request.method === 'POST') request.on('end', reply).resume();
	else reply();
}

function block(ms: number): void {
	Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function answerAny(request: http2.Http2ServerRequest, response: http2.Http2ServerResponse): void {
	answer(request as unknown as Request, response as unknown as Response);
}

function nextLatency(): number | null {
	const {tail, latencyMs} = behaviour;
	return tail && Math.random() < tail.share ? tail.ms : latencyMs;
}

function send(response: Response, bytes: number): void {
	if (isGone(response)) return;
	const isHttp1 = response instanceof http.ServerResponse;
	response.statusCode = behaviour.status ?? 200;
	response.setHeader('x-backend', options.name);
	response.setHeader('content-length', bytes);
	if (isHttp1 && (behaviour.closes || behaviour.leaks || options.keepAliveMs === 0))
		response.setHeader('connection', 'close');
	if (isHttp1 && behaviour.leaks && response.socket) leak(response.socket);
	writeBytes(response, bytes);
}

/** Setting a header of an HTTP/2 stream that the other end has reset would throw. */
function isGone(response: Response & {stream?: http2.Http2Stream}): boolean {
	return response.stream ? response.stream.destroyed : response.destroyed;
}

/** Node's HTTP server closes through these two; without them our end stays in CLOSE_WAIT for good. */
function leak(socket: Duplex & {destroySoon?: () => void}): void {
	socket.end = () => socket;
	socket.destroySoon = () => {};
	leaked.add(() => socket.destroy());
}

const CHUNK = Buffer.alloc(64 * 1024, 'x');

function writeBytes(response: Response, bytes: number): void {
	let left = bytes;
	const more = () => {
		while (left > CHUNK.length) {
			left -= CHUNK.length;
			if (!response.write(CHUNK)) return void response.once('drain', more);
		}
		response.end(CHUNK.subarray(0, left));
	};
	more();
}

function serveEvents(response: Response): void {
	response.setHeader('x-backend', options.name);
	response.setHeader('content-type', 'text/event-stream');
	const timer = setInterval(() => response.write(`data: ${Date.now()}\n\n`), 500);
	response.on('close', () => clearInterval(timer));
	response.write('data: hello\n\n');
}

/** The opening handshake of RFC 6455; afterwards every chunk is answered with one short text frame. */
function withUpgrade<Server extends http.Server>(server: Server): Server {
	server.on('upgrade', (request: http.IncomingMessage, socket: Duplex) => {
		const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
		const accept = createHash('sha1').update(key).digest('base64');
		socket.write(
			`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
		);
		upgraded.add(socket);
		socket.on('data', () => socket.writable && socket.write(Buffer.from([0x81, 2, 0x6f, 0x6b])));
		socket.on('end', () => socket.end());
		socket.on('close', () => upgraded.delete(socket));
		socket.on('error', () => socket.destroy());
	});
	return server;
}
