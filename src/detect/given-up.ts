import type {BackendModel} from '../model/model.ts';
import {sumOf} from './past.ts';
import {hasReusedConnections} from './reuse.ts';

/**
Requests of the last `spanMs` that were given up after a long wait. Where connections are kept, one that Traefik closes while
a request waits on it was given up. Where each is closed after its answer, the answer may have come in the same look: then
only those count that the backend has not closed either.
*/
export function givenUp(backend: BackendModel, clockMs: number, spanMs: number): number {
	const count = sumOf(backend, clockMs, spanMs, ({abandoned}) => abandoned);
	if (count === 0 || hasReusedConnections(backend, clockMs)) return count;
	return Math.min(count, backend.now?.finWait2Orphans ?? 0);
}
