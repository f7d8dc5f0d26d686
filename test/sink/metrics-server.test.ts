import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type IncomingHttpHeaders, request} from 'node:http';
import type {AddressInfo} from 'node:net';
import {after, test} from 'node:test';
import {gunzipSync} from 'node:zlib';
import {GZIP_BYTES, listen} from '../../src/sink/metrics-server.ts';

let body = '';
const setLength = (bytes: number) => {
	body = 'up{backend="ü"} 1\n'.repeat(bytes / 19 + 1).slice(0, 30);
	body += 'x'.repeat(bytes - Buffer.byteLength(body));
};
const server = await listen(
	{metrics: () => ({body, contentType: 'text/plain; version=0.0.4'}), problem: () => null},
	{host: '127.0.0.1', port: 0},
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
