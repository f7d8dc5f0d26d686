/**
A block of the sh recorder: the kernel's files as they are, each in a section. The shell cannot count or convert, so what
the head of another block says is read here from the files themselves.

    traefik-top/1 time=… id=… order=le
    :proc net          cat /proc/PID/net/tcp …/tcp6 …/snmp …/netstat, sometimes /proc/PID/limits
    :ss                ss -tinaOHe, where there is ss
    :ended ss          what ss -E printed since the block before, where it works
    :ls fd             ls -n /proc/PID/fd
    end -
*/
import {type Ending, newEnding, setEndingOfText} from '../parse/ending.ts';
import {parseSsText} from '../parse/ss-text.ts';
import type {Descriptors, Reading} from '../reading.ts';
import {guessLittleEndian, type ParseState, savedReading} from '../saved/saved-reading.ts';
import {tablesOf} from '../saved/text-recording.ts';
import type {Section} from './format.ts';
import type {Head} from './head.ts';

const USUAL_MS = 1_000;

export function isRaw(sections: readonly Section[]): boolean {
	return sections.some(({name}) => name === 'proc' || name === 'ss');
}

/** What one instance's raw blocks told last, of what is not told in each. */
export class RawMemory {
	isLittleEndian: boolean | null = null;
	/** `FD INODE` lines. */
	fds: string | null = null;
	descriptors: Descriptors = 'absent';
	openFiles: Reading['openFiles'] = null;
	limit: number | null = null;
}

export function decodeRawBlock(
	head: Head,
	bytes: Buffer,
	sections: readonly Section[],
	state: ParseState,
	memory: RawMemory,
	isTextOnly: boolean,
): Reading {
	const find = (name: string) => {
		const section = sections.find((one) => one.name === name);
		return section === undefined ? null : bytes.subarray(section.start, section.end);
	};
	const net = find('proc') ?? Buffer.alloc(0);
	const {tcp, tcp6, snmp, netstat} = tablesOf(net);
	const listing = find('ls')?.toString('latin1') ?? null;
	if (listing !== null) remember(memory, listing, net.toString('latin1', Math.max(0, net.length - 4096)));
	memory.isLittleEndian ??=
		tcp6 === null && tcp === null ? null : guessLittleEndian(net.toString('latin1', 0, 1 << 20));
	const reading = savedReading(
		{...head, names: new Map(), openFiles: memory.openFiles},
		{tcp, tcp6, diag: isTextOnly ? null : find('ss'), snmp, netstat, fds: memory.fds},
		memory.isLittleEndian ?? true,
		state,
	);
	const endings = isTextOnly ? null : endingsOf(find('ended'), head.intervalMs ?? USUAL_MS);
	return {...reading, descriptors: memory.descriptors, endings};
}

/** How long before the reading is not told: since the one before. */
function endingsOf(ended: Buffer | null, agoMs: number): (Reading['endings'] & {}) | null {
	if (ended === null) return null;
	const ending = newEnding();
	return (visit) => {
		const {rows, torn} = parseSsText(ended, ended.length, ending, (row) => {
			setEndingOfText(ending, agoMs);
			visit(row as Ending);
		});
		return {rows, torn, lost: 0};
	};
}

function remember(memory: RawMemory, listing: string, net: string): void {
	const fds = socketsOf(listing);
	const limit = /^Max open files +(\d{1,15})/m.exec(net)?.[1];
	if (limit !== undefined) memory.limit = Number(limit);
	memory.openFiles = openFiles(listing, memory.limit);
	// a listing of nothing at all: it may not be read
	memory.descriptors = listing.includes(' -> ') ? 'readable' : 'denied';
	memory.fds = memory.descriptors === 'readable' ? fds : null;
}

/** `lrwx------ 1 root root 64 Nov 22 17:33 10 -> socket:[476274]` → `10 476274`; ls quotes the name for a terminal. */
function socketsOf(listing: string): string {
	let fds = '';
	for (const match of listing.matchAll(/ '?(\d{1,9})'? -> '?socket:\[(\d{1,15})\]/g))
		fds += `${match[1]} ${match[2]}\n`;
	return fds;
}

function openFiles(listing: string, limit: number | null): Reading['openFiles'] {
	const open = [...listing.matchAll(/ -> /g)].length;
	return limit === null || open === 0 ? null : {open, limit};
}
