/** The lab's clients: streams of requests at a given rate, and clients that hold connections open in every usual way. */
import {createWriteStream, type WriteStream} from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import {agentOptions, obey, tell} from './order.ts';

export type LoadOptions = {
	readonly host: string;
	/** client.csv, or null. */
	readonly file: string | null;
};
type Common = {
	readonly name: string;
	readonly path: string;
	readonly port?: number;
	readonly timeoutMs?: number;
	/** A body of this many bytes is posted. */
	readonly bodyBytes?: number;
};
export type Stream =
	| (Common & {
			readonly kind: 'requests';
			readonly rate: number;
			readonly keepAlive?: boolean;
			readonly http2?: boolean;
	  })
	/** `count` clients that each ask again as soon as they are answered. */
	| (Common & {readonly kind: 'loop'; readonly count: number})
	/** `count` clients that read `bytesPerSecond` of their answer, or listen for ever (server-sent events). */
	| (Common & {readonly kind: 'readers'; readonly count: number; readonly bytesPerSecond: number})
	/** `count` websockets; each sends a message every `everyMs`. */
	| (Common & {readonly kind: 'websockets'; readonly count: number; readonly everyMs: number});
export type LoadOrder = {readonly start: Stream} | {readonly stop: string} | {readonly stats: true};
/** Since the last time it was asked. */
export type LoadNews = {
	readonly requests: number;
	readonly failed: number;
	readonly p50Ms: number | null;
	readonly p95Ms: number | null;
	readonly maxMs: number | null;
};

const MOST_IN_FLIGHT = 3000;
const {host, file} = agentOptions<LoadOptions>();
const csv: WriteStream | null = file === null ? null : createWriteStream(file);
csv?.write('start_ms,path,backend,status,latency_ms,error\n');
const running = new Map<string, AbortController>();
let latencies: number[] = [];
let failed = 0;
let inFlight = 0;

obey<LoadOrder>((order) => {
	if ('stats' in order) return tell(stats());
	const name = 'stop' in order ? order.stop : order.start.name;
	running.get(name)?.abort();
	running.delete(name);
	if ('stop' in order) return;
	const stopping = new AbortController();
	running.set(name, stopping);
	begin(order.start, stopping.signal);
});

function begin(stream: Stream, signal: AbortSignal): void {
	if (stream.kind === 'requests') sendAtRate(stream, signal);
	else
		for (let i = 0; i < stream.count; i++) {
			if (stream.kind === 'loop') void repeat(stream, signal);
			else if (stream.kind === 'readers') read(stream, signal);
			else openWebsocket(stream, signal);
		}
}

/** An open loop: a slow answer does not slow the clients down. Arrivals are a Poisson process. */
function sendAtRate(stream: Stream & {kind: 'requests'}, signal: AbortSignal): void {
	const agent = stream.keepAlive === false ? new http.Agent({keepAlive: false}) : new http.Agent({keepAlive: true});
	const session = stream.http2 ? http2.connect(`http://${host}:${stream.port ?? 80}`) : null;
	session?.on('error', () => {});
	let due = performance.now();
	const next = () => {
		if (signal.aborted) {
			session?.close();
			setTimeout(() => agent.destroy(), stream.timeoutMs ?? 10_000); // what is under way may end
			return;
		}
		for (; due <= performance.now(); due += (-Math.log(1 - Math.random()) * 1000) / stream.rate) {
			if (inFlight >= MOST_IN_FLIGHT) note(Date.now(), stream.path, '', 0, 0, 'client busy');
			else void (session === null ? request(stream, agent) : requestHttp2(stream, session));
		}
		setTimeout(next, Math.max(0, due - performance.now()));
	};
	next();
}

async function repeat(stream: Common, signal: AbortSignal): Promise<void> {
	const agent = new http.Agent({keepAlive: true});
	while (!signal.aborted) {
		const ok = await request(stream, agent);
		if (!ok) await new Promise((resolve) => setTimeout(resolve, 200));
	}
	agent.destroy();
}

function request(stream: Common, agent: http.Agent): Promise<boolean> {
	const start = Date.now();
	const began = performance.now();
	inFlight++;
	return new Promise((resolve) => {
		const done = (backend: string, status: number, error: string) => {
			inFlight--;
			note(start, stream.path, backend, status, performance.now() - began, error);
			resolve(error === '');
		};
		const method = stream.bodyBytes === undefined ? 'GET' : 'POST';
		let isAnswered = false;
		const outgoing = http.request({host, port: stream.port ?? 80, path: stream.path, agent, method}, (response) => {
			isAnswered = true;
			response.resume();
			response.on('close', () =>
				done(
					String(response.headers['x-backend'] ?? ''),
					response.statusCode ?? 0,
					response.complete ? '' : 'cut short',
				),
			);
		});
		outgoing.setTimeout(stream.timeoutMs ?? 10_000, () => outgoing.destroy(new Error('timeout')));
		outgoing.on('error', (error: NodeJS.ErrnoException) => {
			if (!isAnswered) done('', 0, error.code ?? error.message);
		});
		outgoing.end(stream.bodyBytes === undefined ? undefined : Buffer.alloc(stream.bodyBytes, 'x'));
	});
}

function requestHttp2(stream: Common, session: http2.ClientHttp2Session): void {
	const start = Date.now();
	const began = performance.now();
	const method = stream.bodyBytes === undefined ? 'GET' : 'POST';
	const exchange = session.request({':method': method, ':path': stream.path});
	let status = 0;
	let backend = '';
	let problem = '';
	inFlight++;
	exchange.on('response', (headers) => {
		status = Number(headers[':status']);
		backend = String(headers['x-backend'] ?? '');
	});
	exchange.setTimeout(stream.timeoutMs ?? 10_000, () => {
		problem = 'timeout';
		exchange.close(http2.constants.NGHTTP2_CANCEL);
	});
	exchange.on('error', (error) => {
		problem ||= error.message;
	});
	exchange.on('close', () => {
		inFlight--;
		note(start, stream.path, backend, status, performance.now() - began, problem);
	});
	exchange.resume();
	exchange.end(stream.bodyBytes === undefined ? undefined : Buffer.alloc(stream.bodyBytes, 'x'));
}

/** Reads at a fixed pace: pausing closes the window towards Traefik as soon as the kernel's buffer is full. */
function read(stream: Stream & {kind: 'readers'}, signal: AbortSignal): void {
	const socket = net.connect({host, port: stream.port ?? 80});
	socket.on('error', () => socket.destroy());
	socket.write(`GET ${stream.path} HTTP/1.1\r\nHost: lab\r\n\r\n`);
	signal.addEventListener('abort', () => socket.destroy());
	if (stream.bytesPerSecond === Infinity || stream.bytesPerSecond === null) return void socket.resume();
	socket.pause();
	const timer = setInterval(() => socket.read(Math.min(socket.readableLength, stream.bytesPerSecond / 5)), 200);
	socket.on('close', () => clearInterval(timer));
}

/** A masked text frame "hi" (RFC 6455, 5.2). */
const FRAME = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]);

function openWebsocket(stream: Stream & {kind: 'websockets'}, signal: AbortSignal): void {
	const socket = net.connect({host, port: stream.port ?? 80, allowHalfOpen: true});
	socket.on('error', () => socket.destroy());
	socket.resume();
	const key = 'dGhlIHNhbXBsZSBub25jZQ==';
	socket.write(
		`GET ${stream.path} HTTP/1.1\r\nHost: lab\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
	);
	const timer = setInterval(() => socket.writable && socket.write(FRAME), stream.everyMs * (0.5 + Math.random()));
	socket.on('close', () => clearInterval(timer));
	signal.addEventListener('abort', () => socket.destroy());
}

function note(start: number, path: string, backend: string, status: number, latencyMs: number, error: string): void {
	const isOk = error === '' && status >= 200 && status < 500;
	if (!isOk) failed++;
	latencies.push(latencyMs);
	csv?.write(`${start},${path.split(/[/?]/)[1]},${backend},${status},${latencyMs.toFixed(1)},${error}\n`);
}

function stats(): LoadNews {
	const sorted = latencies.sort((a, b) => a - b);
	const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
	const news = {requests: sorted.length, failed, p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1)};
	latencies = [];
	failed = 0;
	return news;
}
