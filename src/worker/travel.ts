/**
The worker's end of the way back in time of a live view: a replay of what is kept in memory, which is paused. It goes on in
turns of some milliseconds between the readings, and is let go with the way back to now.
*/

import type {OpenBackend} from '../fold/socket-row.ts';
import type {Recording} from '../source.ts';
import type {FoldedStretchOptions} from './folded-stretch.ts';
import {FramePort} from './frame-port.ts';
import {ReplayPlayer} from './player.ts';
import type {FromPlayer, TravelOrder} from './protocol.ts';

export type TravelOptions = Omit<FoldedStretchOptions, 'isFollowed'> & {
	/** What is kept now, and grows. */
	open(): Recording;
	post(message: FromPlayer): void;
};

export class Travel {
	readonly #options: TravelOptions;
	#journey: Journey | null = null;
	#open: OpenBackend | null = null;

	constructor(options: TravelOptions) {
		this.#options = options;
	}

	obey(order: TravelOrder): void {
		if (order.type === 'seek') {
			this.#journey ??= new Journey(this.#options, order.time, this.#open);
			this.#journey.seek(order.time, order.number);
		} else if (order.type === 'drawn') this.#journey?.drawn();
		else this.leave();
	}

	/** Rows of this backend with every frame; null: of none. */
	openBackend(of: OpenBackend | null): void {
		this.#open = of;
		this.#journey?.openBackend(of);
	}

	leave(): void {
		this.#journey?.leave();
		this.#journey = null;
	}
}

/** From the first seek until the way back. */
class Journey {
	readonly #recording: Recording;
	readonly #player: ReplayPlayer;
	readonly #frames: FramePort;

	constructor({open, post, ...options}: TravelOptions, time: number, of: OpenBackend | null) {
		this.#recording = open();
		this.#frames = new FramePort(post);
		this.#player = new ReplayPlayer({
			...options,
			...{isFollowed: true, isPausedByFindings: false, isLooping: false, speed: 1},
			recording: this.#recording,
			...this.#frames.audience,
		});
		this.#player.obey({type: 'pause'});
		this.openBackend(of);
		void this.#player.run(time);
	}

	seek(time: number, number: number): void {
		this.#frames.obeyed = number;
		this.#player.obey({type: 'seek', time});
	}

	openBackend(of: OpenBackend | null): void {
		this.#player.obey({type: 'rows', of});
	}

	drawn(): void {
		this.#frames.drawn();
	}

	leave(): void {
		this.#player.close();
		this.#recording.close();
		this.#frames.drawn();
	}
}
