#!/usr/bin/env node
// The launcher. It must parse and run on any Node, so that an old one gets a sentence and not a syntax error.
const NEEDED = [22, 15];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) {
	const cache = cacheDirectory();
	if (cache !== null) builtin('module').enableCompileCache(cache);
	// What is remembered for 90 s looks long-lived to V8, which then grows its young generation and collects late: 250 MB
	// instead of 15 after an hour (bench/memory.ts). Workers inherit it.
	const {setFlagsFromString} = builtin('v8');
	setFlagsFromString('--semi-space-growth-factor=1');
	// Most functions run once a second: compiled by the last of V8's compilers after the usual 3,000 calls, they never run
	// often enough to pay for it. Loops over many sockets still do. And waking threads takes longer than what they collect.
	setFlagsFromString('--invocation-count-for-turbofan=60000');
	setFlagsFromString('--no-parallel-scavenge');
	// Node says on stderr that FORCE_COLOR wins, which here it does not.
	if (process.env.NO_COLOR) delete process.env.FORCE_COLOR;
	// Not awaited: an import that is awaited here would turn every pending exit into "unsettled top-level await".
	import('../dist/cli.js').then(({main}) => main(process.argv), notBuilt);
} else {
	Promise.all(['child_process', 'fs', 'os', 'url'].map((name) => import(`node:${name}`))).then(runNewer);
}

/** Node's own modules by name: an import statement makes a second module of each, which takes longer than all that is done here. */
function builtin(name) {
	return process.getBuiltinModule(`node:${name}`);
}

/**
Not the shared default in /tmp: whoever makes that directory first could plant code for root to run. null: no cache,
where there is no home of one's own. undefined leaves the choice to NODE_COMPILE_CACHE.
*/
function cacheDirectory() {
	if (process.env.NODE_COMPILE_CACHE) return undefined;
	const chosen = process.getuid?.() === 0 ? undefined : process.env.XDG_CACHE_HOME;
	if (chosen) return `${chosen}/traefik-top`;
	const home = ownHome(process.getuid?.());
	return home === null ? null : `${home}/.cache/traefik-top`;
}

/** From /etc/passwd, else $HOME if it is ours: os.userInfo() asks the resolver, which dials nscd or an LDAP server. */
function ownHome(uid) {
	const {readFileSync, statSync} = builtin('fs');
	try {
		for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
			const fields = line.split(':');
			if (fields[2] === String(uid) && fields[5]) return fields[5];
		}
	} catch {
		// no such file, as in a container of one program
	}
	try {
		return process.env.HOME && statSync(process.env.HOME).uid === uid ? process.env.HOME : null;
	} catch {
		return null;
	}
}

function notBuilt(error) {
	if (error?.code === 'ERR_MODULE_NOT_FOUND' && !builtin('fs').existsSync(new URL('../dist/cli.js', import.meta.url))) {
		console.error('traefik-top: dist/cli.js is missing; run npm ci (or npm run build) in the traefik-top directory');
	} else console.error(error);
	process.exitCode = wantsNagiosCode() ? 3 : 1;
}

/** Node 20 and older cannot replace themselves: run the newer one as a child that has the terminal. */
function runNewer([{spawn}, {existsSync}, {constants}, {fileURLToPath}]) {
	const node = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
	if (!existsSync(node)) {
		console.error(
			`traefik-top: needs Node.js ${NEEDED.join('.')} or newer, this is ${process.versions.node}; install one, or run npm ci in the traefik-top directory`,
		);
		process.exitCode = wantsNagiosCode() ? 3 : 1;
		return;
	}
	const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {stdio: 'inherit'});
	const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'];
	for (const signal of forwarded) {
		// A terminal sends ^C to the whole group: there the launcher only stays alive until the child has cleaned up.
		process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY) || child.kill(signal));
	}
	child.on('error', (error) => {
		console.error(`traefik-top: cannot run ${node}: ${error.message}`);
		process.exitCode = 1;
	});
	child.on('exit', (code, signal) => {
		process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
	});
}

function wantsNagiosCode() {
	return process.argv[2] === 'check' || (process.argv[2] === 'status' && process.argv.includes('--exit-code'));
}
