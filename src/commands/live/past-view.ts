/**
What the live view shows while it has gone back in time. A key is answered at once with where it leads; the frame follows
from the worker, which goes on reading meanwhile.
*/
import type {Assessment} from '../../detect/assessment.ts';
import type {Finding} from '../../detect/finding.ts';
import type {BackendSockets} from '../../fold/socket-row.ts';
import type {Model} from '../../model/model.ts';
import {unpackModel} from '../../model/packed-model.ts';
import type {Playback} from '../../ui/state/playback.ts';
import {Beginnings} from '../../worker/beginnings.ts';
import type {Watcher} from '../../worker/client.ts';
import type {FromPlayer} from '../../worker/protocol.ts';

export type PastViewOptions = {
	readonly watcher: Pick<Watcher, 'travel' | 'onPast'>;
	/** All findings of the watch, in the order of time. */
	findings(): readonly Finding[];
	show(model: Model, assessment: Assessment): void;
	showRows(sockets: BackendSockets): void;
	/** Something other than the model has changed. */
	changed(): void;
};

export class PastView {
	readonly #options: PastViewOptions;
	/** null: the view shows now. */
	#back: Pick<Playback, 'position' | 'isProvisional' | 'leftAt'> | null = null;
	/** Numbers of the order with which the view went back, and of the newest one. */
	#first = 0;
	#newest = 0;

	constructor(options: PastViewOptions) {
		this.#options = options;
		options.watcher.onPast((said) => this.#hear(said));
	}

	get isBack(): boolean {
		return this.#back !== null;
	}

	/** Unix ms: what is shown, or on its way there; null: now. */
	get position(): number | null {
		return this.#back?.position ?? null;
	}

	/** What differs from a view of now. */
	playback(): Partial<Playback> {
		return this.#back === null ? {} : {mode: 'back', ...this.#back};
	}

	/** To a look at `time`; `now` is that of the newest one. Unix ms. */
	goTo(time: number, now: number): void {
		this.#newest = this.#options.watcher.travel(time);
		if (this.#back === null) this.#first = this.#newest;
		this.#back = {position: time, isProvisional: true, leftAt: this.#back?.leftAt ?? now};
		this.#options.changed();
	}

	/** The worker forgets the past; what it has said of it and is on its way does not count any more. */
	leave(): void {
		if (this.#back === null) return;
		this.#options.watcher.travel(null);
		this.#back = null;
	}

	#hear(said: FromPlayer): void {
		const back = this.#back;
		if (back === null) return;
		if (said.type === 'rows') {
			this.#options.showRows(said.rows);
			return;
		}
		if (said.obeyed < this.#first) return;
		const {position, isProvisional} = said.status;
		// what was said before the newest order was heard of does not say where that leads
		if (said.obeyed >= this.#newest) this.#back = {...back, position, isProvisional};
		if (said.type === 'status') this.#options.changed();
		else {
			if (said.rows !== null) this.#options.showRows(said.rows);
			const model = unpackModel(said.model);
			this.#options.show(model, this.#corrected(said.assessment, model.time));
		}
	}

	/** The watch knows what was open before the readings that are kept. */
	#corrected(assessment: Assessment, time: number): Assessment {
		const findings = this.#options.findings();
		return new Beginnings(findings, Number.POSITIVE_INFINITY).correct(assessment, time);
	}
}
