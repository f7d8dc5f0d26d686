/** Every finding of a recording, for the scrubber's marks and the timeline, while the replay already plays. */
import {setImmediate} from 'node:timers/promises';
import {type AssessedLook, Assessor} from '../detect/assessor.ts';
import {type Finding, findingKey} from '../detect/finding.ts';
import {Fold} from '../fold/fold.ts';
import {aimOf, gapsOf} from '../model/gaps.ts';
import type {Recording} from '../source.ts';
import {type FoldedStretchOptions, TURN_MS} from './folded-stretch.ts';
import type {Marks} from './protocol.ts';

const POST_MS = 500;
/** More than a screen has cells. */
const MAX_CLIENTS = 1200;

export class MarkScan {
	/** Unix ms of each snapshot, negative where it could not be read. */
	readonly #times: number[] = [];
	readonly #aims: number[] = [];
	/** Since the last post; those that are still open, too. */
	#changed = new Map<string, Finding>();
	/** Clients over time: halved where they become too many. */
	#clients: [time: number, count: number][] = [];
	#stretch = 1;
	#looks = 0;
	#timer: NodeJS.Timeout | null = null;
	readonly #post: (marks: Marks) => void;

	constructor(post: (marks: Marks) => void) {
		this.#post = post;
	}

	/** Reads all of it. `rest` resolves when nobody waits for anything else; with false: nobody wants the marks any more. */
	async run(recording: Recording, options: FoldedStretchOptions, rest: () => Promise<boolean>): Promise<void> {
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
		this.#tell(true);
	}

	#add({model, assessment}: AssessedLook): void {
		const isRead = model.problem === null && model.instances.every(({problem}) => problem === null);
		this.#times.push(isRead ? model.time : -model.time);
		this.#aims.push(aimOf(model));
		for (const list of [assessment.open, assessment.closed]) {
			for (const finding of list) this.#changed.set(findingKey(finding), finding);
		}
		this.#count(
			model.time,
			model.instances.reduce((sum, {clients}) => sum + clients.established, 0),
		);
		this.#timer ??= setTimeout(() => this.#tell(false), POST_MS);
	}

	#count(time: number, clients: number): void {
		const last = this.#clients.at(-1);
		if (this.#looks++ % this.#stretch === 0 || last === undefined) this.#clients.push([time, clients]);
		else last[1] = Math.max(last[1], clients);
		if (this.#clients.length < MAX_CLIENTS) return;
		// the newest stretch, which has one look so far, becomes the second half of a longer one
		this.#looks = this.#stretch + 1;
		this.#stretch *= 2;
		this.#clients = this.#clients.flatMap(([time, count], at): [number, number][] =>
			at % 2 === 0 ? [[time, Math.max(count, this.#clients[at + 1]?.[1] ?? 0)]] : [],
		);
	}

	#tell(isComplete: boolean): void {
		this.#post({
			type: 'marks',
			findings: [...this.#changed.values()],
			gaps: gapsOf(this.#times, this.#aims),
			until: Math.abs(this.#times.at(-1) ?? 0),
			isComplete,
			clients: this.#clients,
		});
		this.#changed = new Map();
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
	}
}
