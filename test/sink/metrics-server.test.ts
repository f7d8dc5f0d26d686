import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type IncomingHttpHeaders, request} from 'node:http';
import {type AddressInfo, connect, type Socket} from 'node:net';
import {after, test} from 'node:test';
import {gunzipSync} from 'node:zlib';
import {listen} from '../../src/sink/metrics-server.ts';
import {GZIP_BYTES} from '../../src/sink/rendered-metrics.ts';

let body = '';
let look = 0;
let renderings = 0;
const setLength = (bytes: number) => {
	look++;
	body = 'up{backend="ü"} 1\n'.repeat(bytes / 19 + 1).slice(0, 30);
	body += 'x'.repeat(bytes - Buffer.byteLength(body));
};
const server = await listen(
	{
		metrics() {
			renderings++;
			return {body, contentType: 'text/plain; version=0.0.4'};
		},
		look: () => look,
		problem: () => null,
	},
	{host: '127.0.0.1', port: 0},
	1000,
);
after(() => server.close());
const {port} = server.address() as AddressInfo;

type Answer = {readonly headers: IncomingHttpHeaders; readonly bytes: Buffer};

async function get(path: string, accepted: string | null, method = 'GET'): Promise<Answer> {
	const headers = accepted === null ? {} : {'accept-encoding': accepted};
	const asked = request({host: '127.0.0.1', port, path, method, headers, agent: false}).end();
	const [response] = await once(asked, 'response');
	const pieces: Buffer[] = [];
	for await (const piece of response) pieces.push(piece);
	return {headers: response.headers, bytes: Buffer.concat(pieces)};
}

const encodings: [accepted: string | null, isPacked: boolean][] = [
	['gzip', true],
	['GZIP', true],
	['deflate, gzip;q=0.5', true],
	['*', true],
	['identity;q=0, *;q=0.1', true],
	[null, false],
	['', false],
	['identity', false],
	['gzip;q=0', false],
	['gzip;q=0, *', false],
	['*;q=0', false],
	['gzip;q=nonsense', false],
	['br, zstd', false],
];
for (const [accepted, isPacked] of encodings) {
	test(`metrics come ${isPacked ? '' : 'un'}packed to a client that accepts ${accepted ?? 'nothing by name'}`, async () => {
		setLength(GZIP_BYTES);
		const {headers, bytes} = await get('/metrics', accepted);
		assert.equal(headers['content-encoding'], isPacked ? 'gzip' : undefined);
		assert.deepEqual(
			[headers['vary'], headers['content-type']],
			['Accept, Accept-Encoding', 'text/plain; version=0.0.4'],
		);
		assert.equal(Number(headers['content-length']), bytes.length);
		assert.equal((isPacked ? gunzipSync(bytes) : bytes).toString(), body);
		assert.equal(bytes.length < GZIP_BYTES, isPacked);
	});
}

test('metrics shorter than is worth it are not packed', async () => {
	setLength(GZIP_BYTES - 1);
	const {headers, bytes} = await get('/metrics', 'gzip');
	assert.deepEqual([headers['content-encoding'], bytes.toString()], [undefined, body]);
});

test('HEAD says what GET would', async () => {
	setLength(GZIP_BYTES);
	const {headers, bytes} = await get('/metrics', 'gzip', 'HEAD');
	const length = (await get('/metrics', 'gzip')).bytes.length;
	assert.deepEqual([headers['content-encoding'], headers['content-length'], bytes.length], ['gzip', `${length}`, 0]);
});

test('a client that is gone before its answer is packed harms nobody', async () => {
	setLength(1 << 24);
	const asked = request({
		host: '127.0.0.1',
		port,
		path: '/metrics',
		headers: {'accept-encoding': 'gzip'},
		agent: false,
	});
	asked.on('error', () => {});
	const [serverRequest] = await Promise.all([once(server, 'request'), asked.end()]);
	asked.destroy();
	await once(serverRequest[1], 'close');
	setLength(100);
	assert.equal((await get('/metrics', 'gzip')).bytes.toString(), body);
});

async function dial(text: string): Promise<Socket> {
	const socket = connect(port, '127.0.0.1').setEncoding('utf8');
	socket.on('error', () => {});
	await once(socket, 'connect');
	if (text !== '') socket.write(text);
	return socket;
}

const GET = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';

test('thousands of requests that nobody reads the answers of are rendered once, and others are served', async () => {
	setLength(1 << 20);
	const before = renderings;
	const socket = await dial(GET.repeat(5000));
	const closed = new Promise((resolve) => socket.once('close', resolve)); // a reset is as good as an end
	assert.equal((await get('/metrics', null)).bytes.length, 1 << 20);
	socket.resume();
	await closed;
	assert.ok(renderings - before <= 2, `${renderings - before} renderings`);
});

test('requests on one connection are answered one after the other, in their order', async () => {
	setLength(1 << 20);
	const socket = await dial('');
	let text = '';
	socket.on('data', (chunk) => {
		text += chunk;
	});
	socket.write(
		`${GET.repeat(2)}GET /none HTTP/1.1\r\nHost: x\r\n\r\n${GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')}`,
	);
	await once(socket, 'close');
	assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
	assert.ok(text.length > 3 << 20);
});

test('a client that does not take its answer in time is dropped', async () => {
	setLength(1 << 25);
	const socket = await dial(GET);
	const [serverSocket] = await once(server, 'request').then(([{socket: accepted}]) => [accepted]);
	await once(serverSocket, 'close');
	socket.destroy();
});

test('idle connections lock nobody out: the longest idle one is closed', async () => {
	setLength(100);
	const sockets: Socket[] = [];
	for (let i = 0; i < 56; i++) {
		const socket = await dial('GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n');
		await once(socket, 'data');
		sockets.push(socket.resume());
	}
	assert.equal((await get('/metrics', null)).bytes.toString(), body);
	for (const socket of sockets.slice(0, 6)) if (!socket.closed) await once(socket, 'close');
	assert.deepEqual(new Set(sockets.slice(8).map(({readyState}) => readyState)), new Set(['open']));
	for (const socket of sockets) socket.destroy();
});

test('a look is rendered once for all, each format for itself, and the next look again', async () => {
	setLength(100);
	const before = renderings;
	for (let i = 0; i < 5; i++) await get('/metrics', 'gzip');
	assert.ok(renderings - before <= 2);
	look++;
	const then = renderings;
	await get('/metrics', null);
	assert.equal(renderings, then + 1);
});
