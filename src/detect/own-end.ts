/**
What the backend's own end adds to a finding that one end can only describe: who listens there and what that process is
doing. It changes no verdict: only a finding that is there anyway says more, and from which end that is known.
*/
import type {RuleId} from '../finding.ts';
import type {BackendModel} from '../model/model.ts';
import type {Server} from '../reading.ts';
import {grouped} from '../text/count.ts';
import {plural} from '../text/plural.ts';
import type {Verdict} from './rule.ts';

/** Findings whose cause may be that the process does not run, does not accept or does not read. */
const UNANSWERED: ReadonlySet<RuleId> = new Set([
	...(['hung', 'overload', 'slow', 'fds', 'partial'] as const),
	...(['accept-queue', 'stalled', 'unreachable', 'no-established'] as const),
]);
/** Those that are said of an address where nothing may listen. */
const ABSENT: ReadonlySet<RuleId> = new Set(['refused', 'unreachable', 'no-established', 'hung', 'partial']);
/** Those of a backend that closes late or never. */
const UNCLOSED: ReadonlySet<RuleId> = new Set(['leak', 'close-wait', 'fds']);
/** From here on the next connections may find no descriptor. */
const FILES_SHARE = 0.95;

/** The verdict, with what is known from the other end. */
export function withOwnEnd(rule: RuleId, verdict: Verdict | null, backend: BackendModel | null): Verdict | null {
	const server = backend?.server ?? null;
	if (verdict === null || server === null) return verdict;
	const clauses = clausesOf(rule, server);
	if (clauses.length === 0) return verdict;
	return {
		...verdict,
		message: `${verdict.message}; its own end: ${clauses.join(', ')}`,
		hint: hintOf(rule, server) ?? verdict.hint,
	};
}

/** `gunicorn (pid 812)`. */
export function processLabel({name, pid}: Server): string | null {
	if (pid === null) return null;
	return name === null ? `pid ${pid}` : `${name} (pid ${pid})`;
}

function clausesOf(rule: RuleId, server: Server): string[] {
	if (!server.isListening) return ABSENT.has(rule) ? [`nothing listens${whatBecame(server)}`] : [];
	const {acceptQueue, acceptLimit, unread, closeWait, openFiles, openFilesLimit} = server;
	const clauses: string[] = [];
	if (UNANSWERED.has(rule)) {
		if (isStopped(server)) clauses.push(`${processLabel(server)} is stopped (${server.state})`);
		if (acceptQueue !== null && acceptQueue > 0) clauses.push(queueText(acceptQueue, acceptLimit));
		if (unread !== null && unread > 0)
			clauses.push(`${plural(unread, 'request')} ${unread === 1 ? 'lies' : 'lie'} unread`);
		if (openFiles !== null && openFilesLimit !== null && openFiles >= FILES_SHARE * openFilesLimit) {
			clauses.push(`${grouped(openFiles)} of ${grouped(openFilesLimit)} descriptors open`);
		}
		if (rule === 'hung' && clauses.length === 0 && unread === 0) {
			clauses.push(`${processLabel(server) ?? 'its process'} has read every request and answers none`);
		}
	}
	if (UNCLOSED.has(rule) && closeWait !== null && closeWait > 0) {
		clauses.push(
			`${plural(closeWait, 'socket')} in CLOSE_WAIT that ${processLabel(server) ?? 'its process'} does not close`,
		);
	}
	return clauses;
}

function whatBecame(server: Server): string {
	const label = processLabel(server);
	if (label === null) return '';
	if (server.state === null) return `, ${label} has ended`;
	if (server.state === 'Z') return `, ${label} is a zombie (Z)`;
	return `, ${label} runs (${server.state})`;
}

/** One more than the limit fits: the kernel refuses when the queue is longer than the limit (sk_acceptq_is_full()). */
function queueText(queue: number, limit: number | null): string {
	if (limit === null) return `${plural(queue, 'connection')} not accepted`;
	return queue > limit
		? `accept queue full (limit ${grouped(limit)})`
		: `accept queue ${grouped(queue)} of ${grouped(limit)}`;
}

/** What to do about a cause that is certain; null: the rule's own hint says more. */
function hintOf(rule: RuleId, server: Server): string | null {
	const label = processLabel(server);
	if (label === null) return null;
	if (server.isListening) {
		return UNANSWERED.has(rule) && isStopped(server)
			? `${label} was stopped by a signal or a debugger and answers nothing until it is continued: kill -CONT ${server.pid}, and find out who stopped it`
			: null;
	}
	if (server.state === null) {
		return `${label} listened there and has ended: look at its log, its exit code, and whether it was killed for memory (dmesg)`;
	}
	return `${label} is there and listens on this port no more: look at its log`;
}

function isStopped({state, pid}: Server): boolean {
	return pid !== null && (state === 'T' || state === 't');
}
