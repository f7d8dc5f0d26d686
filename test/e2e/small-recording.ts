/**
A recording in directory form: one Traefik that listens on 80, one client, two backends. From the fourth second on
10.77.0.12:8080 is gone and every dial is refused, as AttemptFails says; 10.77.0.11:8080 goes on.
*/
import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** 2026-11-22 14:02:00 UTC. */
export const START = Date.UTC(2026, 10, 22, 14, 2, 0);
export const SNAPSHOTS = 20;
const FAULT = 4;
/** Refused dials a second. */
const REFUSED = 30;

const HEAD =
	'  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n';

type Socket = {
	readonly local: string;
	readonly remote: string;
	readonly state: string;
	readonly inode: number;
	readonly ato: number;
};

export function smallRecording(): string {
	const directory = mkdtempSync(join(tmpdir(), 'traefik-top-small-'));
	for (let second = 0; second < SNAPSHOTS; second++) writeSnapshot(directory, second);
	return directory;
}

function writeSnapshot(directory: string, second: number): void {
	const folder = join(directory, String(START + second * 1000));
	mkdirSync(folder);
	const sockets = socketsAt(second);
	const put = (file: string, text: string) => writeFileSync(join(folder, file), text);
	put('tcp', HEAD + sockets.map(row).join(''));
	put(
		'tcp6',
		`${HEAD}   0: ${'0'.repeat(32)}:0050 ${'0'.repeat(32)}:0000 0A 00000000:00000000 00:00000000 00000000     0        0 100 1 0000000000000000 100 0 0 10 0\n`,
	);
	put('pid', '4121\n');
	put('fds', `3 100\n${sockets.map(({inode}, index) => `${index + 4} ${inode}\n`).join('')}`);
	const refused = Math.max(0, second - FAULT + 1) * REFUSED;
	put(
		'snmp',
		'Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors\n' +
			`Tcp: 1 200 120000 -1 ${10 + refused} 5 ${refused} 0 3 ${1000 + second * 100} ${1000 + second * 100} 0 0 0 0\n`,
	);
}

function socketsAt(second: number): Socket[] {
	const sockets = [backend('0B004D0A', 0x8001, 201, second), backend('0B004D0A', 0x8002, 202, second)];
	if (second < FAULT) sockets.push(backend('0C004D0A', 0x8003, 203, second), backend('0C004D0A', 0x8004, 204, second));
	return sockets;
}

function backend(remote: string, port: number, inode: number, second: number): Socket {
	const hex = port.toString(16).toUpperCase();
	return {local: `02004D0A:${hex}`, remote: `${remote}:1F90`, state: '01', inode, ato: 4 + (second % 2)};
}

function row({local, remote, state, inode, ato}: Socket, index: number): string {
	const text = `${String(index).padStart(4)}: ${local} ${remote} ${state} 00000000:00000000 02:000008F0 00000000     0        0 ${inode} 2 0000000000000000 20 ${ato} 30 10 -1`;
	return `${text.padEnd(149)}\n`;
}
