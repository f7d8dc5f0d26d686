/**
A block of the sh recorder: the kernel's files as they are, each in a section. The shell cannot count or convert, so what
the head of another block says is read here from the files themselves.

    traefik-top/1 time=… id=… order=le
    :proc tcp          /proc/PID/net/tcp, and so on: tcp6 snmp netstat limits
    :ls fd             ls -l /proc/PID/fd
    :ss                ss -tinaOHe
    end -
*/
import type {Reading} from '../reading.ts';
import type {Section} from './capture-format.ts';
import type {Head} from './capture-head.ts';
import {type ParseState, savedReading} from './saved-reading.ts';

export function isRaw(sections: readonly Section[]): boolean {
	return sections.some(({name}) => name === 'proc' || name === 'ss');
}

export function decodeRawBlock(
	head: Head,
	bytes: Buffer,
	sections: readonly Section[],
	state: ParseState,
	isTextOnly: boolean,
): Reading {
	const find = (name: string, rest = '') => {
		const section = sections.find((one) => one.name === name && one.rest === rest);
		return section === undefined ? null : bytes.subarray(section.start, section.end);
	};
	const text = (name: string, rest: string) => find(name, rest)?.toString('latin1') ?? null;
	const listing = text('ls', 'fd');
	const reading = savedReading(
		{...head, names: new Map(), openFiles: openFiles(listing, text('proc', 'limits'))},
		{
			tcp: find('proc', 'tcp'),
			tcp6: find('proc', 'tcp6'),
			diag: isTextOnly ? null : find('ss'),
			snmp: text('proc', 'snmp'),
			netstat: text('proc', 'netstat'),
			fds: listing === null ? null : socketsOf(listing),
		},
		head.isLittleEndian,
		state,
	);
	return {...reading, descriptors: head.descriptors};
}

/** `lrwx------ 1 root root 64 Nov 22 17:33 10 -> socket:[476274]` → `10 476274` */
function socketsOf(listing: string): string {
	let fds = '';
	for (const match of listing.matchAll(/ (\d{1,9}) -> socket:\[(\d{1,15})\]/g)) fds += `${match[1]} ${match[2]}\n`;
	return fds;
}

function openFiles(listing: string | null, limits: string | null): Reading['openFiles'] {
	const limit = /^Max open files +(\d{1,15})/m.exec(limits ?? '')?.[1];
	const open = listing === null ? 0 : [...listing.matchAll(/ -> /g)].length;
	return limit === undefined || open === 0 ? null : {open, limit: Number(limit)};
}
