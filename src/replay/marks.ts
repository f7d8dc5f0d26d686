/** Every finding of a recording, for the scrubber's marks and the timeline, while the replay already plays. */
import {setImmediate} from 'node:timers/promises';
import {Assessor, type Seen} from '../detect/assessor.ts';
import {type Finding, findingKey} from '../finding.ts';
import {Fold} from '../fold.ts';
import {gapsOf} from '../model/gaps.ts';
import type {Recording} from '../source/source.ts';
import {type PassOptions, TURN_MS} from './pass.ts';
import type {Marks} from './protocol.ts';

const POST_MS = 500;

export class MarkScan {
	/** Unix ms of each snapshot, negative where it could not be read. */
	readonly #times: number[] = [];
	/** Since the last post; those that are still open, too. */
	#changed = new Map<string, Finding>();
	#timer: NodeJS.Timeout | null = null;
	readonly #post: (marks: Marks) => void;

	constructor(post: (marks: Marks) => void) {
		this.#post = post;
	}

	/** Reads all of it. `rest` resolves when nobody waits for anything else; with false: nobody wants the marks any more. */
	async run(recording: Recording, options: PassOptions, rest: () => Promise<boolean>): Promise<void> {
		const fold = new Fold(options);
		const assessor = new Assessor({...options, source: 'recording'});
		let turnAt = 0;
		for await (const tick of recording.ticks()) {
			this.#add(assessor.see(fold.fold(tick)));
			if (performance.now() < turnAt) continue;
			await setImmediate();
			if (!(await rest())) break;
			turnAt = performance.now() + TURN_MS;
		}
		this.#tell();
	}

	#add({model, assessment}: Seen): void {
		const isRead = model.problem === null && model.instances.every(({problem}) => problem === null);
		this.#times.push(isRead ? model.time : -model.time);
		for (const list of [assessment.open, assessment.closed]) {
			for (const finding of list) this.#changed.set(findingKey(finding), finding);
		}
		this.#timer ??= setTimeout(() => this.#tell(), POST_MS);
	}

	#tell(): void {
		this.#post({
			type: 'marks',
			findings: [...this.#changed.values()],
			gaps: gapsOf(this.#times),
			until: Math.abs(this.#times.at(-1) ?? 0),
		});
		this.#changed = new Map();
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
	}
}
