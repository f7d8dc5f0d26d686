/**
Names of addresses from files on this machine's disk: nobody is asked. Containers' and pods' names come from the state of
Docker and of containerd and CRI-O (the address from CNI's host-local plugin), which only root may read; others from
hosts files, Traefik's own among them. Files are looked at every REFRESH_MS and read again only when they changed.
*/
import {closeSync, constants, fstatSync, openSync, readdirSync, readSync} from 'node:fs';
import {isIP} from 'node:net';
import {formatAddress, parseAddress} from '../parse/address.ts';
import {codeOf} from '../system/proc-file.ts';
import {stripControls} from '../text/strip-controls.ts';

const REFRESH_MS = 30_000;
/** A hosts file or a container's state beyond this is not what it seems to be. */
const MAX_BYTES = 1 << 20;
/** More names than can be shown: an ad blocker's hosts file has 100,000. */
const MAX_NAMES = 5_000;

const CONTAINERD = '/run/containerd/io.containerd.runtime.v2.task';
const CRIO = '/run/containers/storage/overlay-containers';

type Names = readonly (readonly [ip: string, name: string])[];
type File = {readonly stamp: string; readonly names: Names};

export type NameOptions = {
	readonly docker?: string;
	readonly cni?: string;
	/** Where each container's OCI config.json is, as `<one of these>/<id>/config.json` or with `userdata/` before it. */
	readonly bundles?: readonly string[];
	readonly hosts?: string;
};

export class FileNames {
	readonly #procRoot: string;
	readonly #docker: string;
	readonly #cni: string;
	readonly #hosts: string;
	readonly #bundles: readonly string[] | null;
	#files = new Map<string, File>();
	#names: ReadonlyMap<string, string> = new Map();
	#pids = '';
	#nextMs = Number.NEGATIVE_INFINITY;

	constructor(procRoot: string, options: NameOptions = {}) {
		this.#procRoot = procRoot;
		this.#docker = options.docker ?? '/var/lib/docker/containers';
		this.#cni = options.cni ?? '/var/lib/cni/networks';
		this.#bundles = options.bundles ?? null;
		this.#hosts = options.hosts ?? '/etc/hosts';
	}

	/** By IP address, sanitised. The same map as long as nothing changed. */
	read(pids: readonly number[], clockMs: number): ReadonlyMap<string, string> {
		const key = pids.join();
		if (clockMs < this.#nextMs && key === this.#pids) return this.#names;
		this.#nextMs = clockMs + REFRESH_MS;
		this.#pids = key;
		const before = this.#files;
		const files = new Map<string, File>();
		const take = (path: string, parse: (text: string) => Names) => {
			const file = readChanged(path, before.get(path), parse);
			if (file !== null) files.set(path, file);
		};
		// later ones win: what runs here knows better than a file that somebody wrote
		take(this.#hosts, parseHosts);
		for (const pid of pids) take(`${this.#procRoot}/${pid}/root/etc/hosts`, parseHosts);
		for (const network of list(this.#cni)) {
			for (const ip of list(`${this.#cni}/${network}`)) {
				if (isIP(ip) !== 0) take(`${this.#cni}/${network}/${ip}`, (text) => this.#fromCni(canonical(ip) ?? ip, text));
			}
		}
		for (const id of list(this.#docker)) take(`${this.#docker}/${id}/config.v2.json`, parseDocker);
		this.#files = files;
		if (!isSame(before, files)) this.#names = merge(files);
		return this.#names;
	}

	/** An address that CNI gave away belongs to a container id, whose OCI configuration knows the name. */
	#fromCni(ip: string, text: string): Names {
		const id = parseCniOwner(text);
		if (id === null) return [];
		const bundles = this.#bundles ?? [...list(CONTAINERD).map((namespace) => `${CONTAINERD}/${namespace}`), CRIO];
		for (const bundle of bundles) {
			for (const path of [`${bundle}/${id}/config.json`, `${bundle}/${id}/userdata/config.json`]) {
				const name = parseOciName(readWhole(path) ?? '');
				if (name !== null) return [[ip, name]];
			}
		}
		return [];
	}
}

function isSame(before: ReadonlyMap<string, File>, after: ReadonlyMap<string, File>): boolean {
	if (before.size !== after.size) return false;
	for (const [path, file] of after) {
		if (before.get(path) !== file) return false;
	}
	return true;
}

function merge(files: ReadonlyMap<string, File>): Map<string, string> {
	const names = new Map<string, string>();
	for (const file of files.values()) {
		for (const [ip, name] of file.names) {
			if (names.size < MAX_NAMES || names.has(ip)) names.set(ip, name);
		}
	}
	return names;
}

/** The file before if it has not changed; null: it cannot be read. */
function readChanged(path: string, before: File | undefined, parse: (text: string) => Names): File | null {
	let stamp = '';
	const text = readWhole(path, (current) => {
		stamp = current;
		return before?.stamp !== current;
	});
	if (before !== undefined && before.stamp === stamp) return before;
	return text === null ? null : {stamp, names: parse(text)};
}

/**
The text of a regular file of sensible size that `isWanted`, given its stamp; else null. What is in a container's
root was put there by the container: a pipe must not block us, nor a device flood us, nor a link lead to our own files.
*/
function readWhole(path: string, isWanted: (stamp: string) => boolean = () => true): string | null {
	let file: number | null = null;
	try {
		const noFollow = path.includes('/root/etc/') ? constants.O_NOFOLLOW : 0;
		file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | noFollow);
		const stat = fstatSync(file);
		if (!stat.isFile() || stat.size > MAX_BYTES) return null;
		if (!isWanted(`${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeMs}`)) return null;
		const bytes = Buffer.allocUnsafe(stat.size);
		return bytes.toString('utf8', 0, readSync(file, bytes));
	} catch (error) {
		codeOf(error);
		return null;
	} finally {
		if (file !== null) closeSync(file);
	}
}

function list(directory: string): string[] {
	try {
		return readdirSync(directory);
	} catch (error) {
		codeOf(error);
		return [];
	}
}

/** hosts(5): the first line of an address and its first name are the canonical ones. Loopback names tell nothing. */
export function parseHosts(text: string): Names {
	const names = new Map<string, string>();
	for (const line of text.split('\n')) {
		const [address = '', name = ''] = line.replace(/#.*/, '').trim().split(/\s+/);
		const ip = canonical(address);
		if (ip === null || name === '' || names.has(ip) || /^(?:127\.|::1$|ff0|fe00|0\.0\.0\.0$|::$)/.test(ip)) continue;
		names.set(ip, clean(name));
	}
	return [...names];
}

/** Docker's config.v2.json: `Name` with a slash before it, and the address in each network of a running container. */
export function parseDocker(text: string): Names {
	const config = parseJson(text);
	const name = at(config, 'Name');
	if (typeof name !== 'string' || at(at(config, 'State'), 'Running') === false) return [];
	const networks = at(at(config, 'NetworkSettings'), 'Networks');
	if (typeof networks !== 'object' || networks === null) return [];
	const names: [string, string][] = [];
	for (const network of Object.values(networks)) {
		for (const key of ['IPAddress', 'GlobalIPv6Address']) {
			const address = at(network, key);
			const ip = typeof address === 'string' ? canonical(address) : null;
			if (ip !== null) names.push([ip, clean(name.replace(/^\//, ''))]);
		}
	}
	return names;
}

/** host-local's file, named by the address, holds the container's id (nerdctl: `namespace-id`), then its interface. */
export function parseCniOwner(text: string): string | null {
	return /^(?:[\w.-]+-)?([0-9a-f]{12,64})\s*$/m.exec(text.split('\n', 1)[0] ?? '')?.[1] ?? null;
}

/** The name among the annotations that containerd's CRI, CRI-O and nerdctl write into a container's OCI config.json. */
export function parseOciName(text: string): string | null {
	const annotations = at(parseJson(text), 'annotations');
	for (const key of ['io.kubernetes.cri.sandbox-name', 'io.kubernetes.pod.name', 'nerdctl/name']) {
		const name = at(annotations, key);
		if (typeof name === 'string' && name !== '') return clean(name);
	}
	return null;
}

/** As addresses are printed; null: no address. */
function canonical(ip: string): string | null {
	const words = isIP(ip) === 0 ? null : parseAddress(ip.replace(/%.*/, ''));
	return words === null ? null : formatAddress(words);
}

function clean(name: string): string {
	return stripControls(name).slice(0, 255);
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}

function at(value: unknown, key: string): unknown {
	return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
