/** Kernel counters of the namespace since boot; null where the files were not read or lack the column. */
export type Counters = {
	/** Tcp: of /proc/PID/net/snmp. */
	readonly activeOpens: number | null;
	readonly passiveOpens: number | null;
	readonly attemptFails: number | null;
	readonly estabResets: number | null;
	readonly inSegs: number | null;
	readonly outSegs: number | null;
	readonly retransSegs: number | null;
	readonly outRsts: number | null;
	/** Icmp: of /proc/PID/net/snmp. What routers and hosts said cannot be reached, and what this host said of its own accord. */
	readonly inDestUnreachs: number | null;
	readonly outDestUnreachs: number | null;
	/** TcpExt: of /proc/PID/net/netstat. */
	readonly listenOverflows: number | null;
	readonly listenDrops: number | null;
	readonly tcpTimeouts: number | null;
};

/** Columns of one group of a /proc/net/snmp-like file. */
class Group<Key extends string> {
	readonly #start: string;
	readonly #columns: Readonly<Record<Key, string>>;
	/** The line of names that was read last, and where the columns are in it: it is the same at every look. */
	#names: string | null = null;
	#count = 0;
	#places: (readonly [key: Key, place: number])[] = [];

	constructor(name: string, columns: Readonly<Record<Key, string>>) {
		this.#start = `${name}: `;
		this.#columns = columns;
	}

	/** null: the file was not read, or lacks the column. */
	read(text: string): Record<Key, number | null> {
		const namesAt = this.#find(text, 0);
		const names = lineAt(text, namesAt);
		const numbers = lineAt(text, namesAt < 0 ? -1 : this.#find(text, namesAt + names.length)).split(/ +/);
		if (names !== this.#names) this.#learn(names);
		// A torn line of values shows by its length: its last number may be cut, too.
		const isWhole = numbers.length === this.#count;
		const values = {} as Record<Key, number | null>;
		for (const [key, place] of this.#places) {
			const number = isWhole ? (numbers[place] ?? '') : '';
			values[key] = /^\d{1,20}$/.test(number) ? Number(number) : null;
		}
		return values;
	}

	#learn(line: string): void {
		const names = line.split(/ +/);
		this.#names = line;
		this.#count = names.length;
		this.#places = (Object.keys(this.#columns) as Key[]).map((key) => [key, names.indexOf(this.#columns[key])]);
	}

	/** Where the next line of the group begins; -1: there is none. */
	#find(text: string, from: number): number {
		if (from === 0 && text.startsWith(this.#start)) return 0;
		const at = text.indexOf(`\n${this.#start}`, from);
		return at < 0 ? -1 : at + 1;
	}
}

function lineAt(text: string, at: number): string {
	if (at < 0) return '';
	const end = text.indexOf('\n', at);
	return text.slice(at, end < 0 ? text.length : end).trim();
}

const TCP = new Group('Tcp', {
	activeOpens: 'ActiveOpens',
	passiveOpens: 'PassiveOpens',
	attemptFails: 'AttemptFails',
	estabResets: 'EstabResets',
	inSegs: 'InSegs',
	outSegs: 'OutSegs',
	retransSegs: 'RetransSegs',
	outRsts: 'OutRsts',
});
const ICMP = new Group('Icmp', {inDestUnreachs: 'InDestUnreachs', outDestUnreachs: 'OutDestUnreachs'});
const TCP_EXT = new Group('TcpExt', {
	listenOverflows: 'ListenOverflows',
	listenDrops: 'ListenDrops',
	tcpTimeouts: 'TCPTimeouts',
});

/**
Counters of /proc/PID/net/snmp and netstat. Both are pairs of lines, names and then values, each beginning with the name
of its group (net/ipv4/proc.c): `Tcp: RtoAlgorithm …`, `Tcp: 1 …`. Columns are found by name, because kernels add some.
*/
export function parseCounters(snmp: Uint8Array | string | null, netstat: Uint8Array | string | null): Counters {
	const ofSnmp = textOf(snmp);
	return {...TCP.read(ofSnmp), ...ICMP.read(ofSnmp), ...TCP_EXT.read(textOf(netstat))};
}

function textOf(file: Uint8Array | string | null): string {
	if (file === null) return '';
	return typeof file === 'string' ? file : new TextDecoder('latin1').decode(file);
}
