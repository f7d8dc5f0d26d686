/** What the screen must admit: everything that cannot be seen, told apart, or was guessed. */
import type {Snapshot} from '../../snapshot.ts';
import {withRemedy} from '../../text/remedy.ts';
import type {ScreenState} from '../state/state.ts';

/** One clause each, the gravest first. */
export function notesOf({shown, playback}: ScreenState): string[] {
	const notes: string[] = [];
	const instances = shown?.model.instances ?? [];
	for (const {id, problem} of instances) if (problem !== null) notes.push(`${id}: ${problem}`);
	const read = instances.filter(({problem}) => problem === null).map(({snapshot}) => snapshot);
	const some = (test: (snapshot: Snapshot) => boolean) => read.some(test);
	if (some(({descriptors, attribution}) => descriptors === 'denied' && attribution !== 'namespace')) {
		notes.push('descriptors denied: sockets of other processes may be counted (run as root)');
	} else if (some(({attribution}) => attribution === 'assumed')) {
		notes.push('socket ownership not recorded: all non-listener sockets are counted');
	}
	if (some(({counters}) => counters.attemptFails === null)) notes.push('no counters: refused dials cannot be seen');
	const ofText = read.find(({rowSource}) => rowSource === 'text');
	if (ofText !== undefined) {
		notes.push(`text only: response times unknown${withRemedy(ofText.rowSourceReason)}`);
	}
	const isAboutPorts = shown?.assessment.open.some(({rule}) => rule === 'ports') ?? false;
	if (isAboutPorts && some(({ports}) => ports?.isAssumed === true)) notes.push('port range assumed');
	if (shown?.model.isTimeAssumed === true) notes.push('times are assumed, one second each');
	if (playback.note !== null) notes.push(playback.note);
	return notes;
}
