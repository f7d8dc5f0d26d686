import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type IncomingHttpHeaders, request} from 'node:http';
import {connect, type Socket} from 'node:net';
import {after, before, test} from 'node:test';
import {collect, type Ran, runBin, seen, startBin} from './bin.ts';

let port = 0;
let ran: Promise<Ran>;
let child: ReturnType<typeof startBin>;

before(async () => {
	child = startBin(['export', '--listen', '127.0.0.1:0', '--match', '^nobody-is-named-so$', '--interval', '200ms']);
	ran = collect(child);
	const said = await seen(child.stderr, /metrics on \S+\n[\s\S]*waiting for one/);
	port = Number(/127\.0\.0\.1:(\d+)\/metrics/.exec(said)?.[1]);
});

after(() => child.kill('SIGKILL'));

type Answer = {readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string};

async function get(path: string, {method = 'GET', accept = '*/*'} = {}): Promise<Answer> {
	const asked = request({host: '127.0.0.1', port, path, method, headers: {accept}, agent: false}).end();
	const [response] = await once(asked, 'response');
	let body = '';
	for await (const chunk of response.setEncoding('utf8')) body += chunk;
	return {status: response.statusCode, headers: response.headers, body};
}

/** A client that says something of its own making. */
async function dial(text: string): Promise<Socket> {
	const socket = connect(port, '127.0.0.1').setEncoding('utf8');
	socket.on('error', () => {}); // a reset is as good as an end
	socket.resume();
	await once(socket, 'connect');
	socket.write(text);
	return socket;
}

test('GET /metrics answers in the text format 0.0.4', async () => {
	const {status, headers, body} = await get('/metrics');
	assert.equal(status, 200);
	assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
	assert.match(body, /^traefik_top_snapshot_age_seconds [\d.]+$/m);
	assert.match(body, /^traefik_top_scrapes_total 1$/m);
});

test('GET /metrics answers in OpenMetrics to whoever prefers it', async () => {
	const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
	const {headers, body} = await get('/metrics', {accept});
	assert.equal(headers['content-type'], 'application/openmetrics-text; version=1.0.0; charset=utf-8');
	assert.ok(body.endsWith('\n# EOF\n'));
	const older = await get('/metrics', {accept: 'application/openmetrics-text;q=0.2,text/plain;q=0.5'});
	assert.match(older.headers['content-type'] ?? '', /^text\/plain/);
});

test('/-/healthy says that readings come, also where no Traefik is', async () => {
	const {status, body} = await get('/-/healthy');
	assert.deepEqual([status, body], [200, 'healthy\n']);
});

test('only GET is understood, and other paths are 404', async () => {
	assert.equal((await get('/etc/passwd')).status, 404);
	assert.equal((await get('/metrics/../..')).status, 404);
	assert.equal((await get('/metrics', {method: 'POST'})).status, 405);
	assert.equal((await get('/metrics', {method: 'DELETE'})).status, 405);
});

test('rubbish is answered with 400 and the connection closed', async () => {
	let answer = '';
	const socket = await dial('\u0000\u0001rubbish\r\n\r\n');
	socket.on('data', (chunk) => {
		answer += chunk;
	});
	await once(socket, 'close');
	assert.match(answer, /^HTTP\/1\.1 400 /);
});

test('a header that never ends is cut off', async () => {
	const socket = await dial(`GET /metrics HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`);
	await once(socket, 'close');
	assert.equal((await get('/-/healthy')).status, 200);
});

test('a client that sends its request a byte at a time is dropped, and the others are served meanwhile', async () => {
	const socket = await dial('GET /metrics HTTP/1.1\r\nHost: x\r\n');
	const timer = setInterval(() => socket.write('a'), 300);
	assert.equal((await get('/-/healthy')).status, 200);
	await once(socket, 'close');
	clearInterval(timer);
});

test('the oldest idle connections beyond the limit are closed, which leaves room for a scrape', async () => {
	const sockets = await Promise.all(Array.from({length: 60}, () => dial('')));
	const open = () => sockets.filter((socket) => !socket.destroyed && socket.readyState === 'open');
	while (open().length > 50) await Promise.race(open().map((socket) => once(socket, 'close')));
	assert.ok(open().length <= 50);
	assert.equal((await get('/-/healthy')).status, 200);
	for (const socket of sockets) socket.destroy();
	let status = 0;
	while (status !== 200)
		status = await get('/-/healthy').then(
			(answer) => answer.status,
			() => 0,
		);
});

test('a port that is taken is one sentence and exit code 1', async () => {
	const {stderr, code} = await runBin(['export', '--listen', `127.0.0.1:${port}`]);
	assert.equal(
		stderr,
		`traefik-top: cannot listen on 127.0.0.1:${port}: the port is taken; choose another one with --listen\n`,
	);
	assert.equal(code, 1);
});

test('export ends with 0 when it is told to stop', async () => {
	child.kill('SIGTERM');
	const {code, stdout} = await ran;
	assert.deepEqual([code, stdout], [0, '']);
});
