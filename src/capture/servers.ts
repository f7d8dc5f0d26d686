/**
The section of what runs at the backends, both ways: an address, eleven fields that every version writes, and those
that came later; a reader of either takes what it knows.
*/
import {type Server, UNKNOWN_SERVER} from '../reading.ts';
import {stripControls} from '../text/strip-controls.ts';

const UNKNOWN = '-';

/** The lines of the section; none where nothing was found. */
export function encodeServers(servers: ReadonlyMap<string, Server>): string[] {
	if (servers.size === 0) return [];
	const lines = [':servers\n'];
	for (const [address, server] of servers) {
		const {pid, name, state, isListening, acceptQueue, acceptLimit, unread, closeWait} = server;
		const fields = [
			...[address, pid, encodedText(name), state, isListening ? 1 : 0, acceptQueue, acceptLimit, unread, closeWait],
			...[server.openFiles, server.openFilesLimit, server.accepted, server.startedAt, server.endedAt, server.restarts],
			...[server.oomKill, server.workers, server.cpuPercent, server.throttledPercent, server.cpuLimit],
			...[server.memoryBytes, server.memoryLimitBytes, server.oomKills, encodedText(server.forwardsTo)],
		];
		lines.push(`${fields.map((field) => (field === null || field === '' ? UNKNOWN : field)).join(' ')}\n`);
	}
	return lines;
}

/** From the lines of such a section. */
export function decodeServers(text: string): ReadonlyMap<string, Server> {
	const servers = new Map<string, Server>();
	for (const line of text.split('\n')) {
		const [address, pid, name, state, listens, ...fields] = line.split(' ');
		if (address === undefined || address === '' || (listens !== '0' && listens !== '1')) continue;
		const number = (place: number) => numberOf(fields[place]);
		const oomKill = fields[10];
		servers.set(stripControls(address), {
			...UNKNOWN_SERVER,
			pid: numberOf(pid),
			name: textOf(name),
			state: state !== undefined && /^[A-Za-z]$/.test(state) ? state : null,
			isListening: listens === '1',
			...{acceptQueue: number(0), acceptLimit: number(1), unread: number(2), closeWait: number(3)},
			...{openFiles: number(4), openFilesLimit: number(5), accepted: number(6)},
			...{startedAt: number(7), endedAt: number(8), restarts: number(9)},
			oomKill: oomKill === 'own' || oomKill === 'machine' ? oomKill : null,
			...{workers: number(11), cpuPercent: number(12), throttledPercent: number(13), cpuLimit: number(14)},
			...{memoryBytes: number(15), memoryLimitBytes: number(16), oomKills: number(17)},
			forwardsTo: textOf(fields[18]),
		});
	}
	return servers;
}

function numberOf(field: string | undefined): number | null {
	return field !== undefined && /^\d{1,15}(\.\d{1,3})?$/.test(field) ? Number(field) : null;
}

function encodedText(text: string | null): string | null {
	if (text === null) return null;
	return text === UNKNOWN ? '%2D' : encodeURIComponent(text.toWellFormed());
}

function textOf(field: string | undefined): string | null {
	if (field === undefined || field === UNKNOWN) return null;
	try {
		return stripControls(decodeURIComponent(field));
	} catch {
		// not percent-encoded as it should be
		return null;
	}
}
