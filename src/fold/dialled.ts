/** What a source is asked about the servers of the backends: which they are, and connections by which to find them. */
import {ESTABLISHED} from '../parse/tcp-state.ts';
import type {Dialled, LocalEnd} from '../reading.ts';
import type {BackendFacts} from '../snapshot.ts';
import type {Endpoints} from './attribution.ts';
import {type ConnectionTable, OWNER, ROLE, ROLE_BACKEND, STATE} from './connection-table.ts';

/** Of each backend; one is enough to find it, others may have just been closed. */
const CONNECTIONS = 4;
/** A request that waits for this long is worth a look at the other end. */
const WAIT_MS = 300;

/** `facts` are those of this reading; backends without a row are asked about, too. */
export function dialledOf(
	endpoints: Endpoints,
	table: ConnectionTable,
	reading: number,
	facts: readonly BackendFacts[],
): Dialled[] {
	const byAddress = new Map(facts.map((each) => [each.address, each]));
	let connections: Map<number, LocalEnd[]> | undefined;
	return endpoints.list.flatMap((endpoint) => {
		if (endpoint === null) return [];
		const {address, words, port, index} = endpoint;
		const now = byAddress.get(address);
		return {
			...{address, words, port},
			isInQuestion: now !== undefined && isInQuestion(now),
			connections() {
				connections ??= connectionsOf(table, reading);
				return connections.get(index) ?? [];
			},
		};
	});
}

function isInQuestion(facts: BackendFacts): boolean {
	const {info, finWait2Orphans, zeroWindow, retransmittingTwice, synRetransmitted, neverAnswered} = facts;
	const waits = info === null ? neverAnswered > 0 : (info.oldestWaitMs ?? 0) >= WAIT_MS || info.multiplexedOwing > 0;
	return waits || finWait2Orphans + zeroWindow + retransmittingTwice + synRetransmitted > 0;
}

/** Some of those that are open, by the backend's index. */
function connectionsOf(table: ConnectionTable, reading: number): Map<number, LocalEnd[]> {
	const found = new Map<number, LocalEnd[]>();
	for (let slot = 0; slot < table.used; slot++) {
		if (table.seen[slot] !== reading || table.byte(slot, STATE) !== ESTABLISHED) continue;
		if (table.byte(slot, ROLE) !== ROLE_BACKEND) continue;
		const index = table.word(slot, OWNER);
		const known = found.get(index);
		if (known !== undefined && known.length >= CONNECTIONS) continue;
		const end = {words: table.localOf(slot), port: table.localPortOf(slot)};
		if (known === undefined) found.set(index, [end]);
		else known.push(end);
	}
	return found;
}
