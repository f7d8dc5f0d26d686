/** The source that the settings name: this machine's processes, or those behind --via. */
import {liveSource} from '../source/live.ts';
import type {Source} from '../source/source.ts';
import type {Settings} from './settings.ts';

export function openSource({procRoot, match, pids, source, intervalMs}: Settings): Source {
	return liveSource({procRoot, match, pids, source, intervalMs});
}
