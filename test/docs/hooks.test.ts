/** docs/hooks.md: its examples are run, its table is compared. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {after, before, test} from 'node:test';
import {FindingHook} from '../../src/sink/finding-hook.ts';
import {findingOf, NOW} from '../ui/models.ts';

const page = readFileSync(new URL('../../docs/hooks.md', import.meta.url), 'utf8');
const directory = mkdtempSync(join(tmpdir(), 'traefik-top-hooks-'));
const slow = findingOf({rule: 'slow', severity: 'degraded', message: 'say "$(id)"'}, 'lb1/1', '10.0.3.12:8080', NOW);

const posted: {type: string | undefined; body: string}[] = [];
const server = createServer(async (request, response) => {
	let body = '';
	for await (const chunk of request.setEncoding('utf8')) body += chunk;
	posted.push({type: request.headers['content-type'], body});
	response.end();
});
let url = '';
const path = process.env['PATH'];

before(async () => {
	await once(server.listen(0, '127.0.0.1'), 'listening');
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
	process.env['WEBHOOK_URL'] = url;
	// It is the gate's, not the hook's.
	delete process.env['TRAEFIK_TOP_REQUIRE_ALL'];
	process.env['PATH'] = [directory, path].join(delimiter);
});

after(() => {
	process.env['PATH'] = path;
	delete process.env['WEBHOOK_URL'];
	server.close();
	rmSync(directory, {recursive: true});
});

function example(name: string): string {
	const code = new RegExp(`<!-- example ${name} -->\\n\\n\`\`\`sh\\n([^]*?)\`\`\``).exec(page)?.[1];
	assert.ok(code !== undefined, `no example ${name}`);
	return code;
}

/** What follows --on-finding. */
function commandOf(name: string): string {
	return /--on-finding '([^']+)'/.exec(example(name))?.[1] ?? '';
}

async function runHook(command: string, isShell = false): Promise<void> {
	const said: string[] = [];
	const hook = new FindingHook({command, isShell, complain: (text) => said.push(text)});
	hook.tell([slow], []);
	await hook.close(20_000);
	assert.deepEqual(said, []);
}

const lacks = (...names: string[]) => {
	const name = names.find((each) => spawnSync(each, ['--version']).error !== undefined);
	return name === undefined ? false : `no ${name} here`;
};

test('the webhook of the page sends the finding', {skip: lacks('curl')}, async () => {
	await runHook(commandOf('webhook').replace('http://127.0.0.1:9000/hook', url));
	const {type, body} = posted.pop() ?? {};
	assert.equal(type, 'application/json');
	assert.deepEqual(JSON.parse(body ?? ''), {event: 'opened', ...slow});
});

test('the message of the page to a chat says the finding in its own form', {skip: lacks('curl', 'jq')}, async () => {
	const script = join(directory, 'tell-us');
	writeFileSync(script, example('chat'));
	chmodSync(script, 0o755);
	await runHook(script);
	assert.deepEqual(JSON.parse(posted.pop()?.body ?? ''), {
		text: 'opened: 10.0.3.12:8080 slow (degraded): say "$(id)"',
	});
});

test('the notification of the page shows the finding, and runs nothing that is in it', async () => {
	const file = join(directory, 'notified');
	writeFileSync(join(directory, 'notify-send'), `#!/bin/sh\nprintf '%s\\n' "$@" > '${file}'\n`, {mode: 0o755});
	await runHook(commandOf('desktop'), true);
	assert.equal(readFileSync(file, 'utf8'), 'opened: slow\n10.0.3.12:8080 say "$(id)"\n');
});

test('the page names every variable that a command is given, and no other', async () => {
	const file = join(directory, 'environment');
	await runHook(`env | grep -o '^TRAEFIK_TOP_[A-Z]*' > '${file}'`, true);
	const named = [...page.matchAll(/^\| `(TRAEFIK_TOP_[A-Z]+)`/gm)].map(([, name]) => name);
	assert.deepEqual(named.toSorted(), readFileSync(file, 'utf8').trim().split('\n').toSorted());
});
