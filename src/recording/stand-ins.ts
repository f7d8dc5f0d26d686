/**
Stand-ins for what tells who somebody is: addresses, names, hosts, process ids, inodes. The same original has the same
stand-in for as long as one StandIns lives, and without it nobody can go back: the order is drawn from the system's
random numbers. Stand-ins lie where no original does, so that a search for an original finds nothing.
*/
import {randomInt} from 'node:crypto';

/** Reserved for the future since 1989 (RFC 1112, 240.0.0.0/4): no host has one of these addresses. */
const IPV4_NETWORKS = 16 * 256;
const OCTETS = 256;
/** Above pid_max, which is at most 2^22 (kernel/pid.c). */
const FIRST_PID = 5_000_001;
/** A socket's inode number is counted up from boot (get_next_ino): the upper half is not reached. */
const INODE_BASE = 2 ** 31;
const INODE_HALF_BITS = 16;
const INODE_HALF = 2 ** INODE_HALF_BITS - 1;
const ROUNDS = 4;

type Network = {readonly number: number; readonly shuffled: readonly number[]; used: number};

export class StandIns {
	readonly #networks = new Map<number, Network>();
	readonly #freeNetworks = shuffled(IPV4_NETWORKS);
	/** By the first 24 bits. */
	readonly #subnets = new Map<number, Network>();
	readonly #hosts4 = new Map<number, number>();
	readonly #groups6 = new Map<string, Map<number, number>>();
	/** fd00::/8 with 24 random bits (RFC 4193): where the originals are not. */
	readonly #prefix6 = (0xfd000000 | randomInt(2 ** 24)) >>> 0;
	readonly #keys = Array.from({length: ROUNDS}, () => randomInt(2 ** 32));
	readonly #words = new Map<string, Map<string, string>>();
	readonly #pids = new Map<number, number>();

	/**
	Of an address as in Row (four words in network order), written into `out`. Addresses of one /16 or /24 (IPv6: /48 or /64)
	stay in one; unspecified and loopback addresses stay as they are.
	*/
	address(words: Uint32Array, out: Uint32Array): void {
		const [a = 0, b = 0, c = 0, d = 0] = words;
		out.set(words);
		if (a === 0 && b === 0 && c === 0xffff) out[3] = this.#ipv4(d);
		else if (a !== 0 || b !== 0 || c !== 0 || d > 1) this.#ipv6(words, out);
	}

	#ipv4(address: number): number {
		if (address === 0 || address >>> 24 === 127) return address;
		return remembered(this.#hosts4, address, () => {
			const subnet = this.#subnetOf(address >>> 8);
			return ((0xf0 << 24) | (subnet.number << 8) | next(subnet)) >>> 0;
		});
	}

	#subnetOf(prefix: number): Network {
		return remembered(this.#subnets, prefix, () => {
			const network = this.#networkOf(prefix >>> 8);
			return {number: network.number * OCTETS + next(network), shuffled: shuffled(OCTETS), used: 0};
		});
	}

	/** Beyond 4,096 networks of 16 bits, some share one. */
	#networkOf(prefix: number): Network {
		return remembered(this.#networks, prefix, () => {
			const number = this.#freeNetworks.pop();
			if (number !== undefined) return {number, shuffled: shuffled(OCTETS), used: 0};
			const networks = [...this.#networks.values()];
			return networks.find(({used}) => used < OCTETS) ?? (networks[0] as Network);
		});
	}

	#ipv6(words: Uint32Array, out: Uint32Array): void {
		const [a = 0, b = 0, c = 0, d = 0] = words;
		const network = `${a}:${b >>> 16}`;
		out[0] = this.#prefix6;
		out[1] = ((this.#sixteen('', hash(network)) << 16) | this.#sixteen(network, b & 0xffff)) >>> 0;
		out[2] = this.#permuted(c, a ^ b);
		out[3] = this.#permuted(d, a ^ b ^ c);
	}

	/** A number of 16 bits that is its own within a group. */
	#sixteen(group: string, value: number): number {
		const known = remembered(this.#groups6, group, () => new Map<number, number>());
		return remembered(known, value, () => (known.size + 1) & 0xffff);
	}

	/** One to one over 32 bits, for each `tweak`. */
	#permuted(value: number, tweak: number): number {
		let [left, right] = [value >>> 16, value & 0xffff];
		for (const key of this.#keys) [left, right] = [right, left ^ (mix(right, key ^ tweak) & 0xffff)];
		return ((left << 16) | right) >>> 0;
	}

	/** Of a socket or a namespace; 0 and -1 name none. */
	inode(inode: number): number {
		if (inode <= 0) return inode;
		let value = inode % INODE_BASE;
		// one to one over 32 bits; what falls into the other half goes round again
		do value = this.#permuted(value, INODE_HALF);
		while (value >= INODE_BASE);
		return INODE_BASE + value;
	}

	pid(pid: number): number {
		return remembered(this.#pids, pid, () => FIRST_PID + this.#pids.size);
	}

	host(name: string): string {
		return this.#word('host', name);
	}

	via(command: string): string {
		return this.#word('via', command);
	}

	/** `api-2` and `api-1` stay two of one kind: a number at the end of a name tells nobody who somebody is. */
	name(name: string): string {
		const [, stem = name, number = ''] = /^(.*?[a-z])([-_.]\d{1,3})?$/i.exec(name) ?? [];
		return `${this.#word('service', stem)}${number}`;
	}

	#word(kind: string, original: string): string {
		const known = remembered(this.#words, kind, () => new Map<string, string>());
		return remembered(known, original, () => `${kind}-${letters(known.size)}`);
	}
}

function remembered<K, V>(map: Map<K, V>, key: K, make: () => V): V {
	const known = map.get(key);
	if (known !== undefined) return known;
	const made = make();
	map.set(key, made);
	return made;
}

/** a, b, …, z, aa, ab, … */
function letters(number: number): string {
	const last = String.fromCharCode(97 + (number % 26));
	return number < 26 ? last : letters(Math.floor(number / 26) - 1) + last;
}

function next(network: Network): number {
	const number = network.shuffled[network.used % OCTETS] ?? 0;
	network.used++;
	return number;
}

/** 0 to `count - 1` in an order that nobody can foretell. */
function shuffled(count: number): number[] {
	const numbers = Array.from({length: count}, (_, i) => i);
	for (let i = count - 1; i > 0; i--) {
		const other = randomInt(i + 1);
		[numbers[i], numbers[other]] = [numbers[other] as number, numbers[i] as number];
	}
	return numbers;
}

function mix(value: number, key: number): number {
	let hashed = Math.imul(value ^ key, 0x9e3779b1);
	hashed = Math.imul(hashed ^ (hashed >>> 15), 0x85ebca6b);
	return (hashed ^ (hashed >>> 13)) >>> 0;
}

function hash(text: string): number {
	let hashed = 0;
	for (let i = 0; i < text.length; i++) hashed = mix(hashed, text.charCodeAt(i));
	return hashed;
}
