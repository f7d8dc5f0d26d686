import {duration} from '../../text/duration.ts';
import {plural} from '../../text/plural.ts';
import type {BackendRule, Context, InstanceRule} from '../rule.ts';

/** Refusals that went on before the backend fell are somebody else's (a provider that is down, say). */
const BEFORE_MS = 60_000;
/** No refused dial for so long: Traefik has stopped trying, or somebody listens again. */
const TRYING_MS = 20_000;
/** Where others dial from the same namespace, more must be refused before it counts. */
const SHARED_DIALS = 3;

/** Refused dials that belong to a fall at `atMs`; 0 when they do not stand out from those before it. */
export function refusedSinceFall({dials, instance}: Context, atMs: number): number {
	const {clockMs} = instance.snapshot;
	const {count: since, lastMs} = dials.refusedSince(atMs);
	if (lastMs === null || clockMs - lastMs > TRYING_MS) return 0;
	const before = dials.refusedSince(atMs - BEFORE_MS).count - since;
	const rateBefore = before / BEFORE_MS;
	const rateSince = since / Math.max(1_000, clockMs - atMs);
	return rateSince >= 3 * rateBefore ? since : 0;
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
		const {dials, instance, thresholds} = context;
		const fall = dials.fallen.get(backend.address);
		if (fall === undefined || dials.fallen.size > 1) return null;
		const dialsRefused = refusedSinceFall(context, fall.atMs);
		const needed = dials.isShared ? SHARED_DIALS : thresholds['refused.dials'];
		if (dialsRefused < Math.max(1, needed)) return null;
		const ageMs = instance.snapshot.clockMs - fall.atMs;
		return {
			severity: 'down',
			message: `${plural(dialsRefused, 'dial')} refused${ageMs >= 1000 ? ` in ${duration(ageMs)}` : ''}, no connection left`,
			hint: HINT,
			beganMs: fall.atMs,
			evidence: {refused: dialsRefused, lost: fall.lost, shared: dials.isShared ? 1 : 0},
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
		const {dials} = context;
		if (dials.fallen.size < 2) return null;
		const atMs = Math.min(...[...dials.fallen.values()].map((fall) => fall.atMs));
		const dialsRefused = refusedSinceFall(context, atMs);
		if (dialsRefused < (dials.isShared ? SHARED_DIALS : 1)) return null;
		const names = [...dials.fallen.keys()].slice(0, 5).join(', ');
		return {
			severity: 'down',
			message: `${plural(dialsRefused, 'dial')} refused; without a connection: ${names}`,
			hint: `${HINT}; the kernel counts refusals for all backends together, so it is one or more of these`,
			beganMs: atMs,
			evidence: {refused: dialsRefused, candidates: dials.fallen.size},
		};
	},
};
