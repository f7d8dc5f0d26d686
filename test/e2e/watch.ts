/** `watch` beside a lab, line by line. */
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import type {Lab} from '../lab/lab.ts';
import {PROGRAM} from './bin.ts';

export type Finding = {
	readonly backend: string | null;
	readonly rule: string;
	readonly severity: string;
	readonly message: string;
	readonly hint: string;
	readonly from: number;
	readonly to: number | null;
};
export type Snapshot = {
	readonly state: string;
	readonly instances: {
		readonly pid: number;
		readonly netns: number;
		readonly listeners: {readonly address: string}[];
		readonly findings: Finding[];
		readonly backends: {
			readonly address: string;
			readonly state: string;
			readonly connections: Record<string, number>;
			readonly responseMs: {readonly p50: number; readonly count: number} | null;
			readonly findings: Finding[];
			readonly server: {
				readonly pid: number | null;
				readonly restarts: number | null;
				readonly endedAt: number | null;
			} | null;
		}[];
	}[];
};
export type Line =
	| ({readonly type: 'snapshot'} & Snapshot)
	| ({readonly type: 'finding'; readonly event: 'opened' | 'closed'} & Finding);

export type Watch = {
	/** The first line from now on that fits; with `looks`, within this many, or else what was said until then. */
	until(fits: (line: Line) => boolean, looks?: number): Promise<Line>;
	readonly seen: readonly Line[];
	stop(): void;
};

export function watch(lab: Lab): Watch {
	const [file, ...first] = PROGRAM;
	const child = spawn(file, [...first, 'watch', '--match', lab.match], {stdio: ['ignore', 'pipe', 'inherit']});
	const seen: Line[] = [];
	const waiting = new Set<(line: Line) => void>();
	createInterface({input: child.stdout}).on('line', (text) => {
		const line = JSON.parse(text) as Line;
		seen.push(line);
		for (const look of waiting) look(line);
	});
	const until = (fits: (line: Line) => boolean, looks = Infinity) =>
		new Promise<Line>((resolve, reject) => {
			const isLate = looksAgain(looks);
			const look = (line: Line) => {
				const isFit = fits(line);
				if (!isFit && !isLate(line)) return;
				waiting.delete(look);
				if (isFit) resolve(line);
				else reject(new Error(`not within ${looks} looks; until then: ${said(seen) || 'nothing'}`));
			};
			waiting.add(look);
		});
	return {until, seen, stop: () => void child.kill('SIGKILL')};
}

/** What was opened and closed, in order. */
function said(seen: readonly Line[]): string {
	const findings = seen.filter((line) => line.type === 'finding');
	return findings.map(({event, backend, rule, message}) => `${event} ${backend} ${rule}: ${message}`).join('; ');
}

export const isAlarm = (line: Line, event: 'opened' | 'closed', backend: string): boolean =>
	line.type === 'finding' && line.event === event && line.backend === backend && line.severity !== 'notice';

export function stateOf({instances}: Snapshot, address: string): string | undefined {
	return instances[0]?.backends.find((backend) => backend.address === address)?.state;
}

/** Whether this many looks have passed. */
export function looksAgain(count: number): (line: Line) => boolean {
	let left = count;
	return (line) => line.type === 'snapshot' && --left <= 0;
}
