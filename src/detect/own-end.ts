/**
What the backend's own end adds to a finding that one end can only describe: who listens there, what that process is
doing, what became of the one before. It changes no verdict: only a finding that is there anyway says more, and from
which end that is known.
*/
import type {BackendModel, InstanceModel} from '../model/model.ts';
import {isStopped, RESTARTS_MS, type Server} from '../reading.ts';
import {grouped} from '../text/count.ts';
import {duration} from '../text/duration.ts';
import {plural} from '../text/plural.ts';
import {aboutRule, type RuleId} from './index.ts';
import type {OwnEndCause, Verdict} from './rule.ts';

/** From here on the next connections may find no descriptor. */
const FILES_SHARE = 0.95;
/** Less throttling than this explains no finding. */
const THROTTLED_PERCENT = 20;
/** A process that was throttled for most of the time does what it can. */
const MOSTLY_THROTTLED_PERCENT = 50;
/** CPU of a process that waits, and of one that computes, for each processor it may use. */
const WAITS_PERCENT = 5;
const COMPUTES_PERCENT = 85;

/** The verdict, with what is known from the other end; of an instance's own, with what its process does. */
export function withOwnEnd(
	rule: RuleId,
	verdict: Verdict | null,
	backend: BackendModel | null,
	{process, snapshot: {time}}: Pick<InstanceModel, 'process' | 'snapshot'>,
): Verdict | null {
	const server = backend === null ? process : backend.server;
	if (verdict === null || server === null) return verdict;
	const clauses = backend === null ? ownClauses(rule, server) : clausesOf(rule, server, time);
	if (clauses.length === 0) return verdict;
	return {
		...verdict,
		message: `${verdict.message}${OWN_END}${clauses.join(', ')}`,
		hint: hintOf(rule, server) ?? verdict.hint,
	};
}

/** Before what the backend's own end says, the last part of a message. */
const OWN_END = '; its own end: ';

/** What the backend's own end says, then the rest: for where there is room for the beginning only. */
export function ownEndFirst(message: string): string {
	const at = message.lastIndexOf(OWN_END);
	return at < 0 ? message : `${message.slice(at + OWN_END.length)}; ${message.slice(0, at)}`;
}

function mayBe(rule: RuleId, cause: OwnEndCause): boolean {
	return aboutRule(rule).ownEnd?.includes(cause) === true;
}

/** `gunicorn (pid 812)`. */
export function processLabel({name, pid}: Server): string | null {
	if (pid === null) return null;
	return name === null ? `pid ${pid}` : `${name} (pid ${pid})`;
}

/** `restarted 4 times in 5 min`; null: it was not, or not while that was watched. */
export function restartsText({restarts}: Server): string | null {
	if (restarts === null || restarts === 0) return null;
	return `restarted ${restarts === 1 ? 'once' : `${restarts} times`} in ${duration(RESTARTS_MS)}`;
}

/** Whether the kernel killed it, or one before it, for memory; null: nothing says so. */
export function oomText({oomKill}: Server): string | null {
	if (oomKill === 'own') return 'killed for memory (oom_kill)';
	return oomKill === 'machine' ? 'the kernel killed a process for memory then (oom_kill)' : null;
}

/** Of Traefik itself; its descriptors and its accept queues are told by the rules. */
function ownClauses(rule: RuleId, traefik: Server): string[] {
	if (rule !== 'traefik-stopped') return [];
	if (isStopped(traefik)) return [`${processLabel(traefik)} is stopped (${traefik.state})`];
	const throttled = throttledText(traefik);
	return throttled === null ? cpuText(traefik) : [throttled];
}

/** `traefik is throttled 93 % of the time (CPU limit 0.25)`, which makes every answer late; null: it is not, or hardly. */
export function throttledNote(traefik: Server): string | null {
	const throttled = throttledText(traefik);
	return throttled === null ? null : `Traefik itself is ${throttled}: response times may be its own`;
}

function clausesOf(rule: RuleId, server: Server, time: number): string[] {
	if (!server.isListening) {
		return mayBe(rule, 'absent') ? ['nothing listens', ...whatBecame(server, time), ...lifeOf(server)] : [];
	}
	const clauses: string[] = [];
	const isExplained = mayBe(rule, 'unanswered') || mayBe(rule, 'absent');
	if (isExplained && server.forwardsTo !== null) clauses.push(forwardsText(rule, server, server.forwardsTo));
	if (mayBe(rule, 'absent')) clauses.push(...restarted(server, time));
	if (isExplained) clauses.push(...killedWorkers(server));
	if (mayBe(rule, 'unanswered')) clauses.push(...doing(rule, server));
	if (mayBe(rule, 'unclosed') && server.closeWait !== null && server.closeWait > 0) {
		const label = processLabel(server) ?? 'its process';
		clauses.push(`${plural(server.closeWait, 'socket')} in CLOSE_WAIT that ${label} does not close`);
	}
	return clauses;
}

/** Of a server that outlives them; one that did not says so itself. */
function killedWorkers({oomKills, oomKill}: Server): string[] {
	if (oomKills === null || oomKills === 0 || oomKill === 'own') return [];
	const killed = oomKills === 1 ? 'a process' : `${grouped(oomKills)} processes`;
	return [`${killed} killed for memory in ${duration(RESTARTS_MS)} (oom_kill)`];
}

function whatBecame(server: Server, time: number): string[] {
	const label = processLabel(server);
	if (label === null) return [];
	if (server.state === null) return [`${label} ended${server.endedAt === null ? '' : ` ${ago(server.endedAt, time)}`}`];
	if (server.state === 'Z') return [`${label} is a zombie (Z)`];
	return [`${label} runs (${server.state})`];
}

function restarted(server: Server, time: number): string[] {
	const life = lifeOf(server);
	if (life.length === 0) return [];
	const {startedAt} = server;
	const label = processLabel(server) ?? 'its process';
	return startedAt === null
		? [`${label} was replaced`, ...life]
		: [`${label} started ${ago(startedAt, time)}`, ...life];
}

/** What is told of those that listened before. */
function lifeOf(server: Server): string[] {
	const oom = oomText(server);
	return [restartsText(server), oom].filter((clause) => clause !== null);
}

function doing(rule: RuleId, server: Server): string[] {
	const {acceptQueue, acceptLimit, unread, openFiles, openFilesLimit} = server;
	const label = processLabel(server) ?? 'its process';
	const clauses: string[] = [];
	const queued = acceptQueue ?? 0;
	if (isStopped(server)) clauses.push(`${label} is stopped (${server.state})`);
	if (queued > 0 && rule !== 'accept-queue') clauses.push(queueText(queued, acceptLimit));
	if (queued > 0 && !isStopped(server) && server.workers !== null) clauses.push(workersText(server.workers, server));
	if (unread !== null && unread > 0)
		clauses.push(`${plural(unread, 'request')} ${unread === 1 ? 'lies' : 'lie'} unread`);
	if (openFiles !== null && openFilesLimit !== null && openFiles >= FILES_SHARE * openFilesLimit) {
		clauses.push(`${grouped(openFiles)} of ${grouped(openFilesLimit)} descriptors open`);
	}
	const throttled = throttledText(server);
	if (throttled !== null) clauses.push(throttled);
	if (isStopped(server)) return clauses;
	if (rule === 'hung' && clauses.length === 0 && unread === 0 && server.forwardsTo === null) {
		clauses.push(`${label} has read every request and answers none`);
	}
	// what a proxy does says nothing of the container
	const isTold = throttled !== null || server.forwardsTo !== null || (queued > 0 && server.workers !== null);
	if (!isTold && (rule === 'hung' || isComputing(server))) clauses.push(...cpuText(server));
	return clauses;
}

/** Nobody accepts: each worker does something else. */
function workersText(workers: number, server: Server): string {
	const {cpuPercent} = server;
	const cpu = cpuPercent === null ? '' : ` (CPU ${grouped(cpuPercent)} %)`;
	const does = `${cpuPercent !== null && cpuPercent < WAITS_PERCENT ? 'waiting' : 'busy'}${cpu}`;
	if (workers === 1) return `its only process is ${does}`;
	return workers === 2 ? `2 workers, both ${does}` : `${grouped(workers)} workers, all ${does}`;
}

/** null: it is not throttled, or hardly. */
function throttledText({throttledPercent, cpuLimit}: Server): string | null {
	if (throttledPercent === null || throttledPercent < THROTTLED_PERCENT) return null;
	const limit = cpuLimit === null ? '' : ` (CPU limit ${cpuLimit})`;
	return `throttled ${throttledPercent} % of the time${limit}`;
}

/** What its CPU says: it waits for something, or it computes. */
function cpuText(server: Server): string[] {
	const {cpuPercent} = server;
	if (cpuPercent === null) return [];
	if (cpuPercent < WAITS_PERCENT) return [`CPU ${cpuPercent} %: waiting or deadlocked`];
	return [`CPU ${grouped(cpuPercent)} %${isComputing(server) ? ': busy' : ''}`];
}

function isComputing({cpuPercent, workers, cpuLimit}: Server): boolean {
	const processors = Math.min(workers ?? 1, cpuLimit ?? Number.POSITIVE_INFINITY);
	return cpuPercent !== null && cpuPercent >= COMPUTES_PERCENT * processors;
}

/** A close without an answer is what docker-proxy makes of a container that refuses, and of one that closes early. */
function forwardsText(rule: RuleId, server: Server, to: string): string {
	const does = `${processLabel(server) ?? 'a proxy'} forwards to ${to}`;
	return rule === 'premature-close' ? `${does}, which refuses or closes` : does;
}

function ago(at: number, time: number): string {
	const ms = time - at;
	return ms < 1_000 ? 'just now' : `${duration(Math.round(ms / 1_000) * 1_000)} ago`;
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
	const isUnanswered = mayBe(rule, 'unanswered');
	if (mayBe(rule, 'absent') && server.oomKill === 'own') {
		return `${label} was killed for memory: raise the memory limit of its control group, or find what takes the memory`;
	}
	if (server.isListening) {
		if (isUnanswered && isStopped(server)) {
			return `${label} was stopped by a signal or a debugger and answers nothing until it is continued: kill -CONT ${server.pid}, and find out who stopped it`;
		}
		if ((isUnanswered || mayBe(rule, 'absent')) && server.forwardsTo !== null) {
			return `${label} only forwards: look at the container with the address ${server.forwardsTo}, at its log and at whether it runs`;
		}
		if (mayBe(rule, 'absent') && restartsText(server) !== null) {
			return `${label} keeps being restarted: look at its log and its exit code, and at what restarts it`;
		}
		if (isUnanswered && (server.throttledPercent ?? 0) >= MOSTLY_THROTTLED_PERCENT) {
			return `${label} may use less CPU than it needs: raise the CPU limit of its control group, or give it less to do`;
		}
		return null;
	}
	if (server.state === null) {
		return `${label} listened there and has ended: look at its log, its exit code, and whether it was killed for memory (dmesg)`;
	}
	return `${label} runs but no longer listens on this port: look at its log`;
}
