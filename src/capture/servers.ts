/** The section of what runs at the backends, both ways: `ADDRESS PID NAME STATE LISTENS QUEUE LIMIT UNREAD CLOSEWAIT FILES LIMIT`. */
import type {Server} from '../reading.ts';
import {stripControls} from '../text/strip-controls.ts';

/** The lines of the section; none where nothing was found. */
export function encodeServers(servers: ReadonlyMap<string, Server>): string[] {
	if (servers.size === 0) return [];
	const lines = [':servers\n'];
	for (const [address, server] of servers) {
		const {pid, name, state, isListening, acceptQueue, acceptLimit, unread, closeWait} = server;
		const fields = [
			...[address, pid, name === null ? null : encodeURIComponent(name.toWellFormed()), state, isListening ? 1 : 0],
			...[acceptQueue, acceptLimit, unread, closeWait, server.openFiles, server.openFilesLimit],
		];
		lines.push(`${fields.map((field) => (field === null || field === '' ? '-' : field)).join(' ')}\n`);
	}
	return lines;
}

/** From the lines of such a section. */
export function decodeServers(text: string): ReadonlyMap<string, Server> {
	const servers = new Map<string, Server>();
	for (const line of text.split('\n')) {
		const [address, pid, name, state, listens, ...numbers] = line.split(' ');
		if (address === undefined || address === '' || (listens !== '0' && listens !== '1')) continue;
		const number = (place: number) => numberOf(numbers[place]);
		servers.set(stripControls(address), {
			pid: numberOf(pid),
			name: nameOf(name),
			state: state !== undefined && /^[A-Za-z]$/.test(state) ? state : null,
			isListening: listens === '1',
			...{acceptQueue: number(0), acceptLimit: number(1), unread: number(2), closeWait: number(3)},
			...{openFiles: number(4), openFilesLimit: number(5)},
		});
	}
	return servers;
}

function numberOf(field: string | undefined): number | null {
	return field !== undefined && /^\d{1,15}$/.test(field) ? Number(field) : null;
}

function nameOf(field: string | undefined): string | null {
	if (field === undefined || field === '-') return null;
	try {
		return stripControls(decodeURIComponent(field));
	} catch {
		// not percent-encoded as it should be
		return null;
	}
}
