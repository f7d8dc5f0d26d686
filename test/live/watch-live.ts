/** Reads three ticks of one process, as another user or for who traces its system calls: `watch-live.ts SOURCE PID`. */
import {Fold} from '../../src/fold/fold.ts';
import {DEFAULT_MATCH} from '../../src/live/find.ts';
import {liveSource} from '../../src/live/live.ts';

const [source, pid] = process.argv.slice(2);
if (source !== 'auto' && source !== 'netlink' && source !== 'text') throw new Error(`no such source: ${source}`);
const live = liveSource({procRoot: '/proc', match: DEFAULT_MATCH, pids: [Number(pid)], intervalMs: 50, source});
const fold = new Fold();
let ticks = 0;
for await (const tick of live) {
	const {snapshots} = fold.fold(tick);
	const problem = tick.problem ?? snapshots[0]?.problem ?? null;
	if (problem !== null) throw new Error(problem);
	const [reading] = tick.readings;
	if (++ticks < 3) continue;
	console.log(`${reading?.descriptors}, alone ${reading?.isAlone}, ${snapshots[0]?.rowSource}`);
	live.stop();
}
