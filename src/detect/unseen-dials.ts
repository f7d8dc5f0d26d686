import type {Snapshot} from '../snapshot.ts';

/**
Dials of the namespace since the look before that left neither a row nor a failure: their connections came and went between
two looks.
*/
export function unseenDials({backends, deltas, foreignOpened}: Snapshot): number {
	const vanished = backends.reduce((sum, {synVanished}) => sum + (synVanished ?? 0), 0);
	const seen = backends.reduce((sum, each) => sum + (each.opened ?? 0), foreignOpened);
	return Math.max(0, (deltas.activeOpens ?? 0) - seen - Math.max(0, (deltas.attemptFails ?? 0) - vanished));
}
