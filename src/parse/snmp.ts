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

/** One group of a /proc/net/snmp-like file: column name → value. */
type Group = ReadonlyMap<string, number>;

/**
Counters of /proc/PID/net/snmp and netstat. Both are pairs of lines, names and then values, each beginning with the name
of its group (net/ipv4/proc.c): `Tcp: RtoAlgorithm …`, `Tcp: 1 …`. Columns are found by name, because kernels add some.
*/
export function parseCounters(snmp: Uint8Array | string | null, netstat: Uint8Array | string | null): Counters {
	const tcp = readGroup(snmp, 'Tcp');
	const icmp = readGroup(snmp, 'Icmp');
	const tcpExt = readGroup(netstat, 'TcpExt');
	const of = (group: Group, name: string) => group.get(name) ?? null;
	return {
		activeOpens: of(tcp, 'ActiveOpens'),
		passiveOpens: of(tcp, 'PassiveOpens'),
		attemptFails: of(tcp, 'AttemptFails'),
		estabResets: of(tcp, 'EstabResets'),
		inSegs: of(tcp, 'InSegs'),
		outSegs: of(tcp, 'OutSegs'),
		retransSegs: of(tcp, 'RetransSegs'),
		outRsts: of(tcp, 'OutRsts'),
		inDestUnreachs: of(icmp, 'InDestUnreachs'),
		outDestUnreachs: of(icmp, 'OutDestUnreachs'),
		listenOverflows: of(tcpExt, 'ListenOverflows'),
		listenDrops: of(tcpExt, 'ListenDrops'),
		tcpTimeouts: of(tcpExt, 'TCPTimeouts'),
	};
}

function readGroup(file: Uint8Array | string | null, group: string): Group {
	const values = new Map<string, number>();
	if (file === null) return values;
	const text = typeof file === 'string' ? file : new TextDecoder('latin1').decode(file);
	const lines = text.split('\n').filter((line) => line.startsWith(`${group}: `));
	const names = lines[0]?.trim().split(/ +/) ?? [];
	const numbers = lines[1]?.trim().split(/ +/) ?? [];
	// A torn line of values shows by its length: its last number may be cut, too.
	if (names.length !== numbers.length) return values;
	for (let i = 1; i < names.length; i++) {
		const number = numbers[i] ?? '';
		if (/^\d{1,20}$/.test(number)) values.set(names[i] ?? '', Number(number));
	}
	return values;
}
