/**
The first line of a block, both ways: `traefik-top/1 key=value …`, values percent-encoded. The keys are in
docs/capture-format.md; a reader ignores those it does not know, and a key that is missing says "unknown".
*/
import type {Descriptors, Instance, PortRange, Reading, RowSource, Tick} from '../reading.ts';
import {ASSUMED_PORTS} from '../reading.ts';
import {stripControls} from '../text/strip-controls.ts';

export const VERSION = 1;
export const HEAD_START = 'traefik-top/';

export type Head = Pick<
	Reading,
	| 'instance'
	| 'time'
	| 'monotonicMs'
	| 'isTimeAssumed'
	| 'intervalMs'
	| 'problem'
	| 'rowSource'
	| 'isAlone'
	| 'descriptors'
	| 'ports'
	| 'openFiles'
	| 'endingsReason'
	| 'serversReason'
> & {
	/** The tick's time, which is the reading's unless several hosts were watched. */
	readonly tickTime: number;
	/** This block's place among those of one tick, from 1; 0: a tick without instances. */
	readonly part: number;
	readonly parts: number;
	/** Ids of instances that are between two of their readings at this tick; none: all that are seen have one. */
	readonly between?: readonly string[];
	readonly isLittleEndian: boolean;
};

/** Version that a head line names, null when the line is not a head. */
export function versionOf(line: string): number | null {
	const match = /^traefik-top\/(\d{1,6})(?: |$)/.exec(line);
	return match ? Number(match[1]) : null;
}

/** Of a tick, what each of its blocks says. */
export type TickPart = Pick<Head, 'tickTime' | 'part' | 'parts' | 'between'>;

export function encodeHead(reading: Reading, {tickTime, part, parts, between}: TickPart): string {
	const {instance, ports, openFiles} = reading;
	const isPlain = parts === 1 && tickTime === reading.time;
	return line([
		['time', reading.time],
		['at', isPlain ? null : tickTime],
		['part', isPlain ? null : `${part}/${parts}`],
		['between', between?.map((id) => encodeURIComponent(id.toWellFormed())).join(',') ?? null],
		['mono', reading.monotonicMs],
		['clock', reading.isTimeAssumed ? 'assumed' : null],
		['id', instance.id],
		['host', instance.host],
		['via', instance.via],
		['pid', instance.pid],
		['start', instance.startedAt],
		['netns', instance.netns],
		['problem', reading.problem],
		['rows', reading.rowSource],
		['alone', reading.isAlone === null ? null : Number(reading.isAlone)],
		['fds', reading.descriptors],
		['ports', ports && `${ports.low}-${ports.high}${ports.isAssumed ? ',assumed' : ''}`],
		['files', openFiles && `${openFiles.open}/${openFiles.limit}`],
		['interval', reading.intervalMs],
		['unended', reading.endings == null ? (reading.endingsReason ?? null) : null],
		['unserved', reading.serversReason ?? null],
	]);
}

export function encodeEmptyHead({time, problem}: Tick): string {
	return line([
		['time', time],
		['part', '0/0'],
		['problem', problem],
	]);
}

function line(pairs: [key: string, value: string | number | null][]): string {
	const said = pairs.filter(([, value]) => value !== null);
	return `${HEAD_START}${VERSION} ${said.map(([key, value]) => `${key}=${quote(String(value))}`).join(' ')}\n`;
}

/** What would end a value early, or hide in a line. */
function quote(value: string): string {
	return value.toWellFormed().replace(/[^\x21-\x24\x26-\x7e]/gu, encodeURIComponent);
}

/** null: the line is not a head of this version, or lacks its time. */
export function decodeHead(text: string): Head | null {
	if (versionOf(text) !== VERSION) return null;
	const values = new Map<string, string>();
	for (const word of text.trim().split(' ').slice(1)) {
		const equals = word.indexOf('=');
		if (equals > 0) values.set(word.slice(0, equals), unquote(word.slice(equals + 1)));
	}
	const number = (key: string) => numberOf(values.get(key));
	const time = number('time');
	if (time === null || time < 0 || time > 8.64e15) return null;
	const [part, parts] = pairOf(values.get('part'), '/') ?? [1, 1];
	return {
		instance: instanceOf(values),
		time,
		tickTime: number('at') ?? time,
		part,
		parts,
		...(values.has('between') ? {between: values.get('between')?.split(',').map(unquote) ?? []} : {}),
		monotonicMs: number('mono'),
		isTimeAssumed: values.get('clock') === 'assumed',
		intervalMs: number('interval'),
		problem: values.get('problem') ?? null,
		rowSource: oneOf<RowSource>(values.get('rows'), ['netlink', 'text', 'text+ss']) ?? 'text',
		isAlone: values.has('alone') ? values.get('alone') === '1' : null,
		descriptors: oneOf<Descriptors>(values.get('fds'), ['readable', 'denied', 'absent']) ?? 'absent',
		ports: portsOf(values.get('ports')),
		openFiles: filesOf(values.get('files')),
		isLittleEndian: values.get('order') !== 'be',
		endingsReason: values.get('unended') ?? null,
		...(values.has('unserved') ? {serversReason: values.get('unserved') ?? null} : {}),
	};
}

function instanceOf(values: ReadonlyMap<string, string>): Instance {
	const pid = numberOf(values.get('pid'));
	const host = values.get('host') ?? null;
	return {
		id: values.get('id') ?? idOf(host, pid),
		host,
		via: values.get('via') ?? null,
		pid,
		startedAt: numberOf(values.get('start')),
		netns: numberOf(values.get('netns')),
	};
}

/** `host/pid`, the pid alone where the host is unknown, `?` where both are. */
export function idOf(host: string | null, pid: number | null): string {
	if (host === null) return pid === null ? '?' : String(pid);
	return `${host}/${pid ?? '?'}`;
}

function unquote(value: string): string {
	try {
		return stripControls(decodeURIComponent(value));
	} catch {
		return stripControls(value);
	}
}

function numberOf(text: string | undefined): number | null {
	if (text === undefined || !/^-?\d{1,16}(?:\.\d{1,20})?$/.test(text)) return null;
	return Number(text);
}

function pairOf(text: string | undefined, separator: string): [number, number] | null {
	const [first, second, rest] = text?.split(separator) ?? [];
	const [a, b] = [numberOf(first), numberOf(second)];
	return a === null || b === null || rest !== undefined ? null : [a, b];
}

function oneOf<T extends string>(text: string | undefined, known: readonly T[]): T | null {
	return known.find((one) => one === text) ?? null;
}

function portsOf(text: string | undefined): PortRange | null {
	if (text === undefined) return null;
	if (text === 'assumed') return ASSUMED_PORTS;
	const isAssumed = text.endsWith(',assumed');
	const pair = pairOf(isAssumed ? text.slice(0, -8) : text, '-');
	return pair && {low: pair[0], high: pair[1], isAssumed};
}

function filesOf(text: string | undefined): Reading['openFiles'] {
	const pair = pairOf(text, '/');
	return pair && {open: pair[0], limit: pair[1]};
}
