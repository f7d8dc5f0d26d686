/**
TCP connections that end in every way, an exact number of each, in a network namespace of their own (endings.py):

	const lab = await openEndings({4: {refused: 7, answered: 3}, mapped: {unanswered: 2}});
	// watch lab.pid's namespace
	const ended = await lab.begin();
	await lab.close();

Needs root, `ip` and python3: see whyNoSockets().
*/
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import type {Form} from './sockets.ts';

/** Ours is the end that dials. */
export type Way =
	/** An answer after 50 ms, then the backend closes, or we do. */
	| 'answered'
	| 'answeredOurClose'
	/** The backend reads the request and closes. */
	| 'unanswered'
	/** The backend resets instead of an answer, or after one. */
	| 'resetBefore'
	| 'resetAfter'
	/** We close before an answer came. */
	| 'givenUp'
	/** Closed without a request, by us or by the backend. */
	| 'unused'
	| 'unusedTheirClose'
	/** We close with an answer unread, or with LINGER 0. */
	| 'aborted'
	| 'lingerAborted'
	| 'refused'
	/** Nobody answers the SYN, for more than one retransmission or less. */
	| 'dialTimedOut'
	| 'dialGivenUp';

export type Ended = {readonly way: Way; readonly remotePort: number; readonly localPort: number; readonly form: Form};

export type EndingLab = {
	/** A process in the namespace. */
	readonly pid: number;
	readonly namespace: string;
	/** Makes them all and ends them; the next time with the same backends. */
	begin(): Promise<Ended[]>;
	close(): Promise<void>;
};

let made = 0;

export async function openEndingLab(counts: Partial<Record<Form, Partial<Record<Way, number>>>>): Promise<EndingLab> {
	const namespace = `tt-endings-${process.pid}-${made++}`;
	execFileSync('ip', ['netns', 'add', namespace]);
	const script = fileURLToPath(new URL('endings.py', import.meta.url));
	const child = spawn('ip', ['netns', 'exec', namespace, 'python3', script, JSON.stringify(counts)], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	const close = async () => {
		if (child.exitCode === null && child.signalCode === null) {
			const exited = once(child, 'exit');
			child.stdin.end();
			await exited;
		}
		execFileSync('ip', ['netns', 'del', namespace]);
	};
	const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
	const next = async <T>(): Promise<T> => {
		const {value, done} = await lines.next();
		if (done === true) throw new Error('the connections could not be made');
		return JSON.parse(value as string) as T;
	};
	try {
		const {pid} = await next<{pid: number}>();
		return {
			pid,
			namespace,
			async begin() {
				child.stdin.write('\n');
				const ended = await next<[Way, number, number, Form][]>();
				return ended.map(([way, remotePort, localPort, form]) => ({way, remotePort, localPort, form}));
			},
			close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}
