/** Backends whose connections carry many requests at a time: how long one waits or takes cannot be told. */
import type {ExchangeFacts} from '../snapshot.ts';

/** A connection shows what it is after a few requests: a new one does not change what its backend speaks. */
export const MULTIPLEXED_FOR_MS = 60_000;

/** Said of a backend on whose connections several requests are under way at once (HTTP/2, gRPC). */
export const MULTIPLEXED = 'multiplexed: per-request times not visible';

/** Whether most of the connections in use are multiplexed. */
export function isMultiplexed({multiplexed, sockets, spare}: ExchangeFacts): boolean {
	return multiplexed > 0 && multiplexed * 2 >= sockets - spare;
}
