import type {BackendModel} from '../../model/model.ts';
import {duration} from '../../text/duration.ts';
import {greatest, least} from '../../text/greatest.ts';
import {plural} from '../../text/plural.ts';
import {icmpHint} from '../icmp.ts';
import {hasAnsweredSince} from '../past.ts';
import type {BackendRule, Context, Fall, InstanceRule, RefusedDials} from '../rule.ts';

/** Refusals that went on before the backend fell are somebody else's (a provider that is down, another backend). */
const BEFORE_MS = 60_000;
/** So many standard deviations more than expected of them, and they are not theirs alone. */
const DEVIATIONS = 3;
/** Where several may be refusing, each should have been dialled about so often by turns: those that work would have shown. */
const TURNS = 2;
/** One request may dial so often: Go tries again, and so does Traefik’s retry. */
const DIALS_A_REQUEST = 4;
/** No refused dial for so long: Traefik has stopped trying, or somebody listens again. */
const TRYING_MS = 20_000;
/** Where others dial from the same namespace, more must be refused before it counts. */
const SHARED_DIALS = 3;

/** Refused dials that belong to a fall at `atMs`; null when they do not stand out from those before it. */
function refusedSinceFall({dials, instance}: Context, atMs: number): RefusedDials | null {
	const {clockMs} = instance.snapshot;
	const since = dials.refusedSince(atMs);
	if (since.lastMs === null || clockMs - since.lastMs > TRYING_MS) return null;
	const earlier = dials.refusedSince(atMs - BEFORE_MS);
	const before = earlier.count - since.count;
	if (before === 0) return since;
	const rateBefore = before / Math.max(1_000, atMs - (earlier.firstMs ?? atMs));
	const expected = rateBefore * Math.max(1_000, clockMs - atMs);
	// Dials come in lumps, so their number spreads more widely than that of independent ones.
	return since.count > expected + DEVIATIONS * Math.sqrt(DIALS_A_REQUEST * (expected + 1)) ? since : null;
}

/** Backends without a connection that may be refusing: refusals rose since, and they gave no sign of life. */
function suspects(context: Context): {backend: BackendModel; fall: Fall; refused: RefusedDials}[] {
	const {dials, instance, thresholds} = context;
	if (dials.fallen.size === 0) return [];
	const needed = Math.max(1, dials.isShared ? SHARED_DIALS : thresholds['refused.dials']);
	const found: {backend: BackendModel; fall: Fall; refused: RefusedDials}[] = [];
	for (const backend of instance.backends) {
		const fall = dials.fallen.get(backend.address);
		if (fall === undefined || hasAnsweredSince(backend, fall.atMs)) continue;
		const refused = refusedSinceFall(context, fall.atMs);
		if (refused !== null && refused.count >= needed) found.push({backend, fall, refused});
	}
	return found;
}

const HINT =
	'nothing listens on this address and port: the process is gone or restarting, or the port is wrong; look at the process, its log and its exit code';

/**
Dials answered with RST. They never show in a table that is read once a second; the kernel counts them for the whole
namespace (dials.ts), so this is said of a backend only if it alone fell to no connection, without Traefik closing them.
*/
export const refused: BackendRule = {
	id: 'refused',
	scope: 'backend',
	opensAfterMs: 1_000,
	clearsAfterMs: 1_000,
	yieldsTo: [],
	look(backend, context) {
		const {dials, instance} = context;
		if (!dials.fallen.has(backend.address)) return null;
		const [suspect, ...others] = suspects(context);
		if (suspect?.backend !== backend || others.length > 0) return null;
		const {fall} = suspect;
		const {count} = suspect.refused;
		const ageMs = instance.snapshot.clockMs - fall.atMs;
		return {
			severity: 'down',
			message: `${plural(count, 'dial')} refused${ageMs >= 1000 ? ` in ${duration(ageMs)}` : ''}, no connection left`,
			hint: icmpHint(context) ?? HINT,
			beganMs: fall.atMs,
			evidence: {refused: count, lost: fall.lost, shared: dials.isShared ? 1 : 0},
		};
	},
};

/** The same where several backends fell: the counters cannot say which of them refuses. */
export const refusedSomewhere: InstanceRule = {
	id: 'refused',
	scope: 'instance',
	opensAfterMs: 1_000,
	clearsAfterMs: 2_000,
	yieldsTo: [],
	look(context) {
		const all = suspects(context);
		if (all.length < 2) return null;
		const atMs = least(all.map(({fall}) => fall.atMs));
		const count = greatest(all.map(({refused}) => refused.count));
		const looks = greatest(all.map(({refused}) => refused.looks));
		const turns = TURNS * all.length;
		if (count < turns * DIALS_A_REQUEST && looks <= turns) return null;
		const names = all
			.slice(0, 5)
			.map(({backend}) => backend.address)
			.join(', ');
		return {
			severity: 'down',
			message: `${plural(count, 'dial')} refused; without a connection: ${names}`,
			hint: `${icmpHint(context) ?? HINT}; the kernel counts refusals for all backends together, so it is one or more of these`,
			beganMs: atMs,
			evidence: {refused: count, candidates: all.length},
		};
	},
};
