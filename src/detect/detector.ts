/** The engine: runs every rule on every backend, opens and closes findings, and says the state of each. */
import type {BackendModel, InstanceModel, Model} from '../model/model.ts';
import {LOOKBACK_MS, type Snapshot} from '../snapshot.ts';
import type {Assessment, BackendAssessment, InstanceAssessment} from './assessment.ts';
import {DialLedger} from './dials.ts';
import {type Doubt, doubtOf, instanceDoubt} from './doubt.ts';
import {type Finding, type Severity, STATES, type State} from './finding.ts';
import {RULES, type RuleId} from './index.ts';
import {withOwnEnd} from './own-end.ts';
import {hasAnsweredSince} from './past.ts';
import type {Dials, Rule, RuleContext, Verdict} from './rule.ts';
import {DEFAULT_THRESHOLDS, type Thresholds} from './thresholds.ts';

/** Timers jitter: a condition that held for nine tenths of what a rule asks is taken to have held for all of it. */
export const PUNCTUALITY = 0.9;

/** One rule at one place. */
type Watch = {
	/** clockMs since when the look has held; null: it does not. */
	heldSince: number | null;
	/** clockMs when it last held. */
	lastHeld: number;
	finding: Finding | null;
};

type WatchedPlace = {
	watches: Map<RuleId, Watch>;
	/** The first thing that held in the newest look and has not held for long enough to open; null: nothing. */
	pending: string | null;
	state: State;
	since: number;
	sinceClock: number;
};

type InstanceMemory = {
	ledger: DialLedger;
	own: WatchedPlace;
	backends: Map<string, WatchedPlace>;
	/** What was said of the newest snapshot. */
	said: {readonly snapshot: Snapshot; readonly verdict: InstanceAssessment} | null;
};

const SEVERITY_ORDER: Record<Severity, number> = {down: 0, degraded: 1, notice: 2};

/** Worst first, then oldest first. */
export function byGravity(a: Finding, b: Finding): number {
	return SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] || a.from - b.from;
}

export class Detector {
	readonly #thresholds: Thresholds;
	#instances = new Map<string, InstanceMemory>();
	#opened: Finding[] = [];
	#closed: Finding[] = [];

	constructor(thresholds: Thresholds = DEFAULT_THRESHOLDS) {
		this.#thresholds = thresholds;
	}

	assess(model: Model): Assessment {
		this.#opened = [];
		this.#closed = [];
		const instances = new Map<string, InstanceAssessment>();
		const kept = new Map<string, InstanceMemory>();
		for (const instance of model.instances) {
			const key = `${instance.id} ${instance.instance.startedAt}`;
			const memory = this.#instances.get(key) ?? newMemory();
			kept.set(key, memory);
			// One that is between two of its readings (recordings side by side) shows what was said of the last one.
			const said = memory.said?.snapshot === instance.snapshot ? memory.said : null;
			const verdict = said?.verdict ?? this.#assessInstance(instance, memory);
			memory.said = {snapshot: instance.snapshot, verdict};
			instances.set(instance.id, verdict);
		}
		for (const [key, memory] of this.#instances) {
			if (!kept.has(key)) this.#closeAll(memory, model.time);
		}
		this.#instances = kept;
		return summary(model, instances, this.#opened, this.#closed);
	}

	#assessInstance(instance: InstanceModel, memory: InstanceMemory): InstanceAssessment {
		const dials = memory.ledger.look(instance);
		const known = new Set<string>();
		const thresholds = this.#thresholds;
		const contextOf = (place: WatchedPlace, id: RuleId): RuleContext => ({
			...{instance, thresholds, dials},
			open: place.watches.get(id)?.finding ?? null,
			openOf: (other) => place.watches.get(other)?.finding ?? null,
		});
		for (const backend of instance.backends) {
			known.add(backend.address);
			let place = memory.backends.get(backend.address);
			if (place === undefined) {
				place = newPlace();
				memory.backends.set(backend.address, place);
			}
			this.#run(instance, backend, place, contextOf);
		}
		this.#run(instance, null, memory.own, contextOf);
		for (const [address, place] of memory.backends) {
			if (known.has(address)) continue;
			this.#close(place, instance.snapshot.time);
			memory.backends.delete(address);
		}
		return this.#verdict(instance, memory, dials);
	}

	#run(
		instance: InstanceModel,
		backend: BackendModel | null,
		place: WatchedPlace,
		contextOf: (place: WatchedPlace, id: RuleId) => RuleContext,
	): void {
		place.pending = null;
		for (const rule of RULES) {
			if ((rule.scope === 'backend') !== (backend !== null)) continue;
			// What cannot be seen neither opens nor closes anything, but for the rule that says so.
			if (instance.problem !== null && rule.id !== 'blind') continue;
			let watch = place.watches.get(rule.id);
			const isSuppressed = rule.yieldsTo.some((id) => place.watches.get(id)?.finding);
			const held = isSuppressed ? null : look(rule, backend, contextOf(place, rule.id));
			const found = withOwnEnd(rule.id, held, backend, instance);
			if (watch === undefined) {
				if (found === null) continue;
				watch = {heldSince: null, lastHeld: 0, finding: null};
				place.watches.set(rule.id, watch);
			}
			this.#step(rule, instance, backend, watch, found, isSuppressed);
			if (found !== null && watch.finding === null && found.severity !== 'notice') {
				place.pending ??= `${rule.id}: ${found.message}`;
			}
		}
	}

	#step(
		rule: Rule,
		instance: InstanceModel,
		backend: BackendModel | null,
		watch: Watch,
		found: Verdict | null,
		isSuppressed: boolean,
	): void {
		const {snapshot} = instance;
		const now = snapshot.clockMs;
		if (found === null) {
			watch.heldSince = null;
			if (!watch.finding) return;
			const endMs = backend?.track.lastEndMs ?? null;
			const isAlive =
				backend !== null && (hasAnsweredSince(backend, watch.lastHeld) || (endMs !== null && endMs > watch.lastHeld));
			const {clearsAfterMs, clearsUnansweredAfterMs = clearsAfterMs} = rule;
			if (!isSuppressed && now - watch.lastHeld < (isAlive ? clearsAfterMs : clearsUnansweredAfterMs) * PUNCTUALITY) {
				// It is kept open for a while, lest it flap, but what answers again is not down.
				if (isAlive && watch.finding.severity === 'down') watch.finding = {...watch.finding, severity: 'degraded'};
				return;
			}
			this.#closed.push({...watch.finding, to: snapshot.time});
			watch.finding = null;
			return;
		}
		// Nothing was seen during a gap: what held before it and holds after it need not have held between.
		if (watch.heldSince === null || snapshot.isAfterGap) watch.heldSince = now;
		watch.lastHeld = now;
		const {opensAfterMs} = rule;
		const neededMs = typeof opensAfterMs === 'number' ? opensAfterMs : this.#thresholds[opensAfterMs];
		const hasHeld = now - watch.heldSince >= neededMs * PUNCTUALITY;
		if (watch.finding === null && !hasHeld && !found.isCertain) return;
		const began = Math.round(snapshot.time - (now - Math.min(found.beganMs, watch.heldSince)));
		const finding: Finding = {
			instance: instance.id,
			backend: backend?.address ?? null,
			rule: rule.id,
			severity: found.severity,
			from: watch.finding?.from ?? snapshot.time,
			to: null,
			message: found.message,
			hint: found.hint,
			evidence: {...found.evidence, began: Math.min(watch.finding?.evidence.began ?? began, began)},
			peak: peakOf(watch.finding, found.evidence),
		};
		if (watch.finding === null) this.#opened.push(finding);
		watch.finding = finding;
	}

	#close(place: WatchedPlace, time: number): void {
		for (const watch of place.watches.values()) {
			if (watch.finding) this.#closed.push({...watch.finding, to: time});
			watch.finding = null;
		}
	}

	#closeAll(memory: InstanceMemory, time: number): void {
		this.#close(memory.own, time);
		for (const place of memory.backends.values()) this.#close(place, time);
	}

	#verdict(instance: InstanceModel, memory: InstanceMemory, dials: Dials): InstanceAssessment {
		const isYoung = instance.snapshot.clockMs - instance.track.firstSeenMs < YOUNG_MS;
		const backends = new Map<string, BackendAssessment>();
		let worst: State = 'idle';
		for (const backend of instance.backends) {
			const place = memory.backends.get(backend.address) ?? newPlace();
			const doubt = pendingDoubt(place, isYoung) ?? doubtOf(backend, instance, dials);
			const verdict = settle(place, instance, restOf(backend), doubt);
			backends.set(backend.address, verdict);
			worst = worseOf(worst, verdict.state);
		}
		// All idle is ok; none seen yet is idle.
		if (worst === 'idle' && instance.backends.length > 0) worst = 'ok';
		const doubt = pendingDoubt(memory.own, isYoung) ?? instanceDoubt(instance, dials);
		return {...settle(memory.own, instance, worst, doubt), backends};
	}
}

/** What was more before than it is now, at its most. */
function peakOf(before: Finding | null, now: Verdict['evidence']): Record<string, number> | null {
	if (before === null) return null;
	const peak: Record<string, number> = {...before.peak};
	for (const [name, value] of Object.entries(before.evidence)) {
		if (name !== 'began') peak[name] = Math.max(peak[name] ?? value, value);
	}
	for (const [name, value] of Object.entries(now)) if ((peak[name] ?? 0) <= value) delete peak[name];
	return Object.keys(peak).length === 0 ? null : peak;
}

/** In the first seconds what holds is not yet a finding, but nobody should take it for well. */
const YOUNG_MS = 10_000;

function pendingDoubt({pending}: WatchedPlace, isYoung: boolean): Doubt | null {
	return isYoung && pending !== null ? {isUnknown: true, text: pending} : null;
}

function look(rule: Rule, backend: BackendModel | null, context: RuleContext): Verdict | null {
	if (rule.scope === 'instance') return rule.look(context);
	return backend === null ? null : rule.look(backend, context);
}

function newMemory(): InstanceMemory {
	return {ledger: new DialLedger(), own: newPlace(), backends: new Map(), said: null};
}

function newPlace(): WatchedPlace {
	return {watches: new Map(), pending: null, state: 'idle', since: 0, sinceClock: 0};
}

/** The state of a backend without findings. */
function restOf(backend: BackendModel): State {
	return backend.total === 0 && (backend.now?.opened ?? 0) === 0 ? 'idle' : 'ok';
}

/** State and open findings of a place, and since when; `rest` is its state but for its own findings and what is in doubt. */
function settle(place: WatchedPlace, instance: InstanceModel, rest: State, doubt: Doubt | null): BackendAssessment {
	const findings: Finding[] = [];
	for (const watch of place.watches.values()) {
		if (watch.finding) findings.push(watch.finding);
	}
	findings.sort(byGravity);
	const gravest = findings[0]?.severity ?? 'notice';
	const isBlind = instance.problem !== null;
	const base = doubt?.isUnknown ? worseOf(rest, 'unknown') : rest;
	const state = isBlind ? 'unknown' : gravest === 'notice' ? base : worseOf(gravest, base);
	const caveat = !isBlind && (state === 'unknown' || state === 'ok') ? (doubt?.text ?? null) : null;
	const {time, clockMs} = instance.snapshot;
	if (place.since === 0 || place.state !== state) {
		place.state = state;
		place.since = time;
		place.sinceClock = clockMs;
	}
	// As it was on the wall then: whoever compares two looks sees a change only where there was one.
	const since = clockMs - place.sinceClock < LOOKBACK_MS ? place.since : time - LOOKBACK_MS;
	return {state, since, caveat, findings};
}

function worseOf(a: State, b: State): State {
	return STATES.indexOf(a) <= STATES.indexOf(b) ? a : b;
}

function summary(
	model: Model,
	instances: ReadonlyMap<string, InstanceAssessment>,
	opened: readonly Finding[],
	closed: readonly Finding[],
): Assessment {
	const counts: Record<State, number> = {down: 0, degraded: 0, unknown: 0, ok: 0, idle: 0};
	const open: Finding[] = [];
	let state: State = model.instances.length === 0 ? 'unknown' : 'idle';
	for (const verdict of instances.values()) {
		state = worseOf(state, verdict.state);
		open.push(...verdict.findings);
		for (const backend of verdict.backends.values()) {
			counts[backend.state]++;
			open.push(...backend.findings);
		}
	}
	open.sort(byGravity);
	const worst = open.find((finding) => finding.severity !== 'notice') ?? null;
	return {state, counts, instances, open, opened, closed, worst};
}
