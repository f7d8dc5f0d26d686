import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterEach, beforeEach, test} from 'node:test';
import {FileNames, parseCniOwner, parseDocker, parseHosts} from '../../src/live/names.ts';

let root = '';
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), 'traefik-top-names-'));
});
afterEach(() => rmSync(root, {recursive: true}));

function write(path: string, text: string): string {
	mkdirSync(dirname(join(root, path)), {recursive: true});
	writeFileSync(join(root, path), text);
	return join(root, path);
}

function names(): FileNames {
	const options = {docker: join(root, 'docker'), cni: join(root, 'cni'), bundles: [join(root, 'bundles')]};
	return new FileNames(join(root, 'proc'), {...options, hosts: join(root, 'hosts')});
}

const CONTAINER = {
	Name: '/api-2',
	State: {Running: true},
	NetworkSettings: {Networks: {edge: {IPAddress: '172.18.0.3', GlobalIPv6Address: 'FD00:0::3'}, none: {IPAddress: ''}}},
};

test('a hosts file gives the first name of each address, and none of loopback', () => {
	const text =
		'127.0.0.1 localhost\n::1 ip6-localhost\n10.0.0.7\tapi api.local # x\n10.0.0.7 other\nrubbish\n10.0.0.8\n';
	assert.deepEqual(parseHosts(text), [['10.0.0.7', 'api']]);
});

test('control characters are stripped from names', () => {
	assert.deepEqual(parseHosts('10.0.0.7 \u001b[31mapi\n'), [['10.0.0.7', '[31mapi']]);
});

test('the file of a Docker container names its addresses, IPv6 as every view prints it', () => {
	assert.deepEqual(parseDocker(JSON.stringify(CONTAINER)), [
		['172.18.0.3', 'api-2'],
		['fd00::3', 'api-2'],
	]);
});

const nameless: [what: string, text: string][] = [
	['a container that does not run', JSON.stringify({...CONTAINER, State: {Running: false}})],
	['a torn file', JSON.stringify(CONTAINER).slice(0, 60)],
	['another shape', '{"Name":"/x","NetworkSettings":{"Networks":[null,{"IPAddress":7}]}}'],
	['no object', 'null'],
];
for (const [what, text] of nameless) {
	test(`${what} gives no name`, () => assert.deepEqual(parseDocker(text), []));
}

test("files of CNI's host-local plugin name the owner", () => {
	const id = 'a'.repeat(64);
	assert.equal(parseCniOwner(`${id}\r\neth0`), id);
	assert.equal(parseCniOwner(`default-${id}`), id);
	assert.equal(parseCniOwner('../../etc'), null);
});

test('a pod is named by the address that CNI gave it', () => {
	const id = 'b'.repeat(64);
	write('cni/bridge/10.88.0.4', `${id}\neth0`);
	write('cni/bridge/last_reserved_ip.0', '10.88.0.4');
	write(`bundles/${id}/config.json`, '{"annotations":{"io.kubernetes.cri.sandbox-name":"api-7d9"}}');
	assert.deepEqual([...names().read([], 0)], [['10.88.0.4', 'api-7d9']]);
});

test("Docker's name wins over Traefik's own hosts file, and that over the machine's", () => {
	write('hosts', '172.18.0.3 a\n172.18.0.4 b\n172.18.0.5 c\n');
	write('proc/41/root/etc/hosts', '172.18.0.3 d\n172.18.0.4 e\n');
	write('docker/1/config.v2.json', JSON.stringify(CONTAINER));
	const read = names().read([41], 0);
	assert.deepEqual(
		['172.18.0.3', '172.18.0.4', '172.18.0.5'].map((ip) => read.get(ip)),
		['api-2', 'e', 'c'],
	);
});

test('names are read again after 30 s; the map stays the same while nothing changes', () => {
	const hosts = write('hosts', '10.0.0.7 api\n');
	const files = names();
	const first = files.read([], 0);
	assert.equal(files.read([], 30_000), first);
	write('hosts', '10.0.0.7 web\n');
	utimesSync(hosts, 1, 1);
	assert.equal(files.read([], 59_999).get('10.0.0.7'), 'api');
	assert.equal(files.read([], 60_000).get('10.0.0.7'), 'web');
});

test('reading names neither waits for a pipe in a container nor follows a link out of it', () => {
	write('proc/41/root/etc/x', '');
	execFileSync('mkfifo', [join(root, 'proc/41/root/etc/hosts')]);
	write('secret', '10.0.0.9 secret\n');
	mkdirSync(join(root, 'proc/42/root/etc'), {recursive: true});
	symlinkSync(join(root, 'secret'), join(root, 'proc/42/root/etc/hosts'));
	assert.deepEqual([...names().read([41, 42], 0)], []);
});
