/** The live source that the options name: this machine's processes, or those behind `--via` commands. */

import type {Source} from '../source.ts';
import {DEFAULT_MATCH} from './find.ts';
import {type LiveOptions, liveSource} from './live.ts';
import {remoteSource} from './remote/remote.ts';

export type AnyOptions = LiveOptions & {readonly via: readonly string[]};

export function anySource(options: AnyOptions): Source {
	const {via, intervalMs, pids, match, source} = options;
	if (via.length === 0) return liveSource(options);
	return remoteSource(via, {
		intervalMs,
		pids,
		// grep -E over there does not know every expression of ours, but it knows its own default.
		match: match.source === DEFAULT_MATCH.source ? null : match.source,
		isTextOnly: source === 'text',
	});
}
