/** docs/install.md and the release: the options exist, the ports and capabilities are those of the systemd units. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {parse} from 'yaml';

const ROOT = join(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const text = read('docs/install.md');
const blocks = (language: string) =>
	[...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block);
const commands = blocks('sh').join('').replaceAll('\\\n', ' ').split('\n');

const UNIT = read('docs/traefik-top-export.service');
const CAPABILITIES = (/^AmbientCapabilities=(.*)$/m.exec(UNIT)?.[1] ?? '')
	.split(' ')
	.map((name) => name.replace('CAP_', ''));
const PORT = Number(/:(\d+)$/m.exec(/^ExecStart=.*$/m.exec(UNIT)?.[0] ?? '')?.[1]);
const sorted = (names: readonly string[]) => [...names].sort();

type Service = {
	readonly command?: readonly string[];
	readonly pid?: string;
	readonly network_mode?: string;
	readonly cap_add?: readonly string[];
};
type Container = {
	readonly args: readonly string[];
	readonly ports: readonly {readonly name: string; readonly containerPort: number}[];
	readonly livenessProbe: {readonly httpGet: {readonly path: string; readonly port: string}};
	readonly securityContext: {readonly capabilities: {readonly add: readonly string[]}};
};
type DaemonSet = {
	readonly spec: {
		readonly selector: {readonly matchLabels: object};
		readonly template: {
			readonly metadata: {readonly labels: object; readonly annotations: Record<string, string>};
			readonly spec: {
				readonly hostPID: boolean;
				readonly hostNetwork: boolean;
				readonly containers: readonly [Container];
			};
		};
	};
};
const [compose, daemonSet] = blocks('yaml').map((block) => parse(block)) as [
	{readonly services: Record<string, Service>},
	DaemonSet,
];

const helpOf = (command: string) =>
	execFileSync(process.execPath, ['bin/traefik-top.js', command, '--help'].filter(Boolean), {
		cwd: ROOT,
		encoding: 'utf8',
	});

/** Options of traefik-top in a list of arguments, which must exist. */
function checkOptions(args: readonly string[]): void {
	const named = args[0]?.startsWith('-') === false ? args[0] : '';
	const help = helpOf(named);
	for (const arg of args.filter((each) => /^--?[a-z]/.test(each))) {
		assert.match(help, new RegExp(`(^|[ ,])${arg}[ ,]`, 'm'), `${args.join(' ')}: ${arg}`);
	}
}

test('every command of traefik-top has options that exist', () => {
	const given = [...commands, ...[...text.matchAll(/`(traefik-top [^`]*)`/g)].map(([, command = '']) => command)];
	const own = given.flatMap((line) => /(?:^|npx )traefik-top (.*?)(?:\s#.*|\s\|.*)?$/.exec(line)?.[1] ?? []);
	assert.ok(own.length >= 4, own.join('\n'));
	for (const line of own) checkOptions((line.match(/'[^']*'|\S+/g) ?? []).filter((word) => word !== '--version'));
	for (const {command} of Object.values(compose.services)) if (command !== undefined) checkOptions(command);
	checkOptions(daemonSet.spec.template.spec.containers[0].args);
});

test('containers that enter other namespaces have the capabilities of the units, those that join one all but SYS_ADMIN', () => {
	const joined = CAPABILITIES.filter((name) => name !== 'SYS_ADMIN');
	for (const {pid, cap_add, network_mode} of Object.values(compose.services)) {
		if (pid === undefined) continue;
		assert.equal(network_mode, pid);
		assert.deepEqual(sorted(cap_add ?? []), sorted(pid === 'host' ? CAPABILITIES : joined));
	}
	const runs = commands.filter((line) => line.startsWith('docker run'));
	assert.equal(runs.length, 2);
	for (const line of runs) {
		const added = [...line.matchAll(/--cap-add (\w+)/g)].map(([, name = '']) => name);
		assert.deepEqual(sorted(added), sorted(line.includes('--pid host') ? CAPABILITIES : joined));
	}
	const {hostPID, hostNetwork, containers} = daemonSet.spec.template.spec;
	assert.ok(hostPID && hostNetwork);
	assert.deepEqual(sorted(containers[0].securityContext.capabilities.add), sorted(CAPABILITIES));
});

test('the ports are that of the unit', () => {
	assert.equal(PORT, 9479);
	const {labels, annotations} = daemonSet.spec.template.metadata;
	const [{args, ports, livenessProbe}] = daemonSet.spec.template.spec.containers;
	assert.deepEqual(daemonSet.spec.selector.matchLabels, labels);
	assert.deepEqual(ports, [{name: livenessProbe.httpGet.port, containerPort: PORT}]);
	assert.equal(annotations['prometheus.io/port'], String(PORT));
	for (const given of [args, compose.services['traefik-top-export']?.command ?? []]) {
		assert.ok(
			given.some((arg) => arg.endsWith(`:${PORT}`)),
			given.join(' '),
		);
	}
	assert.match(helpOf('export'), /\/-\/healthy/);
	assert.equal(livenessProbe.httpGet.path, '/-/healthy');
});

test('the image has three lines and the file that the build makes', () => {
	const lines = read('docs/docker/Dockerfile').trim().split('\n');
	assert.deepEqual(
		lines.map((line) => line.split(' ')[0]),
		['FROM', 'COPY', 'ENTRYPOINT'],
	);
	assert.match(lines[1] ?? '', / dist\/traefik-top-linux-x64 \/usr\/local\/bin\/traefik-top$/);
	assert.match(read('binary/build.ts'), /`traefik-top-linux-\$\{arch\}`/);
});

type Step = {readonly uses?: string; readonly run?: string; readonly with?: Record<string, unknown>};
type Job = {
	readonly needs?: string | readonly string[];
	readonly permissions?: Record<string, string>;
	readonly steps: readonly Step[];
};
const workflow = parse(read('.github/workflows/release.yml')) as {
	readonly on: {readonly push: {readonly tags: readonly string[]}};
	readonly permissions: object;
	readonly jobs: Record<string, Job>;
};

test('a release is made of a tag, and only what publishes may write', () => {
	assert.deepEqual(Object.keys(workflow.on), ['push']);
	assert.deepEqual(Object.keys(workflow.on.push), ['tags']);
	assert.deepEqual(workflow.permissions, {});
	const rights = Object.entries(workflow.jobs).map(([name, {permissions}]) => [name, permissions]);
	assert.deepEqual(Object.fromEntries(rights), {
		test: {contents: 'read'},
		package: {contents: 'read'},
		binary: {contents: 'read'},
		release: {contents: 'write', 'id-token': 'write', attestations: 'write'},
		npm: {contents: 'read', 'id-token': 'write'},
	});
	for (const [name, {permissions, steps}] of Object.entries(workflow.jobs)) {
		const isTrusted = permissions?.['id-token'] === 'write';
		if (isTrusted) assert.ok(!steps.some(({uses}) => uses?.startsWith('actions/checkout')), name);
	}
});

test('releases are tested before they are published, and every action has its version', () => {
	const before = (name: string): readonly string[] => {
		const needed = [workflow.jobs[name]?.needs ?? []].flat();
		return [...needed, ...needed.flatMap(before)];
	};
	for (const name of ['release', 'npm']) assert.ok(before(name).includes('test'), name);
	const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
	for (const {uses, run = '', with: given} of steps) {
		if (uses !== undefined) assert.match(uses, /^actions\/[\w-]+@v\d+$/);
		if (uses?.startsWith('actions/checkout@')) assert.equal(given?.['persist-credentials'], false);
		// what others can name (a tag, a branch) comes as a variable, never as a part of a script
		assert.doesNotMatch(run, /\$\{\{/);
	}
	assert.ok(steps.some(({uses}) => uses?.startsWith('actions/attest-build-provenance@')));
	assert.ok(steps.some(({run}) => run?.startsWith('npm publish --provenance')));
});

test('the package leaves out the binaries that were made beside it', () => {
	const {files} = JSON.parse(read('package.json')) as {files: readonly string[]};
	for (const name of ['traefik-top-linux-*', 'SHA256SUMS']) assert.ok(files.includes(`!dist/${name}`), name);
});

test('the scripts that the release runs are there', () => {
	const {scripts} = JSON.parse(read('package.json')) as {scripts: Record<string, string>};
	const runs = Object.values(workflow.jobs).flatMap(({steps}) => steps.flatMap(({run}) => run ?? []));
	const named = runs.flatMap((run) => [...run.matchAll(/npm run (\w+)/g)].map(([, name = '']) => name));
	assert.ok(named.includes('binary'));
	for (const name of named) assert.ok(name in scripts, name);
});
