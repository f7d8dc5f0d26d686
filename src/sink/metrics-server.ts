/**
The HTTP end of `export`: GET /metrics and GET /-/healthy, nothing else. Every limit is here, so that a slow or hostile
client costs a socket for some seconds and no more: a look is rendered once, however many ask; a connection has one answer
at a time; of too many connections the longest idle one is closed.
*/
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {UserError} from '../errors.ts';
import {stripControls} from '../text/strip-controls.ts';
import {ConnectionPool} from './connection-pool.ts';
import {RenderedMetrics} from './rendered-metrics.ts';

export type MetricsEndpoint = {
	/** The body and its content type. `scrapes`: how often it has been asked for. */
	metrics(isOpenMetrics: boolean, scrapes: number): {readonly body: string; readonly contentType: string};
	/** Another value with every look: until then metrics() would say the same. */
	look(): unknown;
	/** Why the exporter is not healthy, null: it is. */
	problem(): string | null;
};

export type Address = {readonly host: string; readonly port: number};

const MAX_CONNECTIONS = 50;
/** From the first byte of a request to its last. */
const REQUEST_MS = 5_000;
const KEEP_ALIVE_MS = 90_000;
/** An answer that is not taken in this long is given up, however slowly it is being read. */
const ANSWER_MS = 15_000;

/** `127.0.0.1:9479`, `[::1]:9479`, `:9479`, `9479`, `localhost:9479`. null: invalid. */
export function parseListen(text: string): Address | null {
	const match = /^(?:\[([0-9a-f:.%a-z]+)\]:|([^:[\]\s/]*):)?(\d{1,5})$/i.exec(text.trim());
	if (match === null) return null;
	const port = Number(match[3]);
	const isBare = match[1] === undefined && match[2] === undefined;
	const host = isBare ? '127.0.0.1' : (match[1] ?? match[2] ?? '') || '::';
	return port > 65_535 ? null : {host, port};
}

/** Listens; throws a UserError when it cannot. */
export function listen(endpoint: MetricsEndpoint, {host, port}: Address, answerMs = ANSWER_MS): Promise<Server> {
	const metrics = new RenderedMetrics(endpoint);
	const pool = new ConnectionPool({maxConnections: MAX_CONNECTIONS, answerMs});
	const server = createServer(
		{
			requestTimeout: REQUEST_MS,
			headersTimeout: REQUEST_MS,
			connectionsCheckingInterval: 1000,
			keepAliveTimeout: KEEP_ALIVE_MS,
			maxHeaderSize: 8192,
			insecureHTTPParser: false,
		},
		(request, response) => pool.take(request, response, () => answer({endpoint, metrics}, request, response)),
	);
	server.on('connection', (socket) => pool.add(socket));
	server.maxRequestsPerSocket = 10_000;
	server.on('clientError', (_, socket) => {
		// What such a client does after the answer is not waited for.
		if (!socket.writable) socket.destroy();
		else {
			const answer = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
			socket.end(answer, () => socket.destroy());
		}
	});
	return new Promise((resolve, reject) => {
		server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, port)));
		server.listen({host, port}, () => resolve(server));
	});
}

function cannotListen({code}: NodeJS.ErrnoException, host: string, port: number): UserError {
	const where = stripControls(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
	const reasons: Readonly<Record<string, readonly [string, string]>> = {
		EADDRINUSE: ['the port is taken', 'choose another one with --listen'],
		EACCES: ['permission denied', 'choose a port above 1023'],
		EADDRNOTAVAIL: ['this machine has no such address', 'listen on 127.0.0.1, or on :PORT for all'],
		ENOTFOUND: ['no such host', 'give an address of this machine'],
	};
	const [why, hint] = reasons[code ?? ''] ?? [code ?? 'unknown error', 'choose another address with --listen'];
	return new UserError(`cannot listen on ${where}: ${why}`, hint);
}

type Answers = {readonly endpoint: MetricsEndpoint; readonly metrics: RenderedMetrics};

function answer({endpoint, metrics}: Answers, request: IncomingMessage, response: ServerResponse): void {
	// A body is neither wanted nor read: the connection does not outlive it.
	if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined) {
		response.setHeader('Connection', 'close');
	}
	const path = (request.url ?? '').split('?', 1)[0];
	if (request.method !== 'GET' && request.method !== 'HEAD') {
		send(response, 405, 'only GET is understood\n', TEXT, {Allow: 'GET, HEAD'});
	} else if (path === '/metrics') {
		void sendMetrics(metrics, request, response);
	} else if (path === '/-/healthy') {
		const problem = endpoint.problem();
		if (problem === null) send(response, 200, 'healthy\n', TEXT);
		else send(response, 503, `${stripControls(problem)}\n`, TEXT);
	} else if (path === '/') send(response, 200, 'traefik-top export: /metrics, /-/healthy\n', TEXT);
	else send(response, 404, 'not found; try /metrics or /-/healthy\n', TEXT);
}

const TEXT = 'text/plain; charset=utf-8';

async function sendMetrics(
	metrics: RenderedMetrics,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const {contentType, plain, zipped} = metrics.get(wantsOpenMetrics(request.headers.accept ?? ''));
	const vary = {Vary: 'Accept, Accept-Encoding'};
	const bytes = takesGzip(String(request.headers['accept-encoding'] ?? '')) ? await zipped() : null;
	if (response.destroyed) return;
	if (bytes === null) send(response, 200, plain, contentType, vary);
	else send(response, 200, bytes, contentType, {...vary, 'Content-Encoding': 'gzip'});
}

/** Whether the client asks for gzip (RFC 9110, 12.5.3): one that names no encoding may not be able to read it. */
function takesGzip(accepted: string): boolean {
	let any = 0;
	for (const range of accepted.slice(0, 2000).split(',')) {
		const [coding = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
		const weight = weightOf(parameters);
		if (coding === 'gzip' || coding === 'x-gzip') return weight > 0;
		if (coding === '*') any = weight;
	}
	return any > 0;
}

/** 1 unless it is given; one that is not a number weighs nothing. */
function weightOf(parameters: readonly string[]): number {
	const given = parameters.find((parameter) => parameter.startsWith('q='));
	const weight = given === undefined ? 1 : Number(given.slice(2));
	return Number.isNaN(weight) ? 0 : weight;
}

function send(
	response: ServerResponse,
	status: number,
	body: string | Buffer,
	contentType: string,
	headers: Readonly<Record<string, string>> = {},
): void {
	response.writeHead(status, {
		...headers,
		'Content-Type': contentType,
		'Content-Length': Buffer.byteLength(body),
		'X-Content-Type-Options': 'nosniff',
	});
	response.end(body);
}

/** Whether the client weighs OpenMetrics at least as high as the older text (RFC 9110, 12.5.1). */
function wantsOpenMetrics(accept: string): boolean {
	let best = -1;
	let isOpen = false;
	for (const range of accept.slice(0, 2000).split(',')) {
		const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
		const weight = weightOf(parameters);
		const isOpenRange = type === 'application/openmetrics-text';
		if (!isOpenRange && type !== 'text/plain' && type !== 'text/*' && type !== '*/*') continue;
		if (!(weight > 0) || weight < best || (weight === best && !isOpenRange)) continue;
		best = weight;
		isOpen = isOpenRange;
	}
	return isOpen;
}
