/** Signs that the host at the other end lives, whatever its process does: an acknowledgement needs no process. */
import type {BackendModel} from '../model/model.ts';
import type {BackendSample} from '../model/track.ts';
import type {BackendFacts} from '../snapshot.ts';
import {hasProgressed, looks} from './past.ts';

/** A SYN is sent again after 1 s, data after 200 ms and then 400 ms: what was sent twice waits at least this long. */
const SYN_AGAIN_MS = 1_000;
const DATA_AGAIN_MS = 600;
/** A probe counts as unanswered from the second look on. */
const PROBE_MS = 1_000;
/** Ages of two columns of one row may differ by a tick of the kernel's clock. */
const TICK_MS = 20;

/** For how long something that was sent has gone unanswered at least, ms; 0: nothing has. */
function unansweredMs(facts: BackendFacts): number {
	const dialMs = facts.synRetransmitted > 0 ? Math.max(SYN_AGAIN_MS, facts.oldestSynSentMs ?? 0) : 0;
	const dataMs = facts.retransmittingTwice > 0 ? Math.max(DATA_AGAIN_MS, facts.oldestUnsentMs ?? 0) : 0;
	const probeMs = facts.keepaliveUnanswered > 0 ? PROBE_MS : 0;
	return Math.max(dialMs, dataMs, probeMs);
}

/**
Whether the host acknowledged something on one connection after what it left unanswered on another was sent. Then it is
up and can be reached, and what goes unanswered has another cause: a full accept queue, a firewall, a lost flow.
*/
export function hostAnswers(facts: BackendFacts): boolean {
	const {freshestAckMs} = facts;
	return freshestAckMs !== null && freshestAckMs + TICK_MS < unansweredMs(facts);
}

/** Whether an answer came after the youngest of what goes unanswered was sent: rows outlive their fault by up to 30 s. */
export function isLeftOver({track}: BackendModel, facts: BackendFacts, clockMs: number): boolean {
	const youngestMs = facts.synRetransmittedYoung > 0 ? SYN_AGAIN_MS : unansweredMs(facts);
	return track.lastAnswerMs !== null && track.lastAnswerMs - TICK_MS > clockMs - youngestMs;
}

/** Connections that are there, or came and went between two looks. */
export function succeededDials({connected, opened, openedLive}: BackendFacts): number {
	return (connected ?? 0) + Math.max(0, (opened ?? 0) - (openedLive ?? 0));
}

/** Whether anything came back from the backend's host since the look before. */
export function showsLife(facts: BackendFacts): boolean {
	return hasProgressed(facts) || hostAnswers(facts) || succeededDials(facts) > 0;
}

/** What a total outage left behind comes through for this long after it. */
const AFTERMATH_MS = 2_500;

/**
The looks of the last `spanMs`, newest first, back to the last total outage and what it left behind: a look in which
something went unanswered and nothing showed life. What was lost or timed out then is not a share that fails by itself.
*/
export function looksSinceOutage(backend: BackendModel, clockMs: number, spanMs: number): BackendSample[] {
	const since: BackendSample[] = [];
	for (const look of looks(backend, clockMs, spanMs + AFTERMATH_MS)) {
		const {facts} = look;
		if (facts !== null && facts.synRetransmitted + facts.retransmittingTwice > 0 && !showsLife(facts)) {
			return since.filter(({clockMs: at}) => at > look.clockMs + AFTERMATH_MS && at > clockMs - spanMs);
		}
		since.push(look);
	}
	return since.filter(({clockMs: at}) => at > clockMs - spanMs);
}
