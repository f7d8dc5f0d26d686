/**
The way of what a player shows to the screen: no frame before the one before was drawn, for a slow terminal must not pile
them up.
*/
import type {AssessedLook} from '../detect/assessor.ts';
import type {BackendSockets} from '../fold/socket-row.ts';
import {packModel} from '../model/packed-model.ts';
import type {PlayerOptions} from './player.ts';
import type {FromPlayer, Told} from './protocol.ts';

export class FramePort {
	/** Number of the newest order that the player was given. */
	obeyed = 0;
	/** What the player shows itself to. */
	readonly audience: Pick<PlayerOptions, 'show' | 'tell' | 'showRows'> = {
		show: (seen, status, rows) => this.#show(seen, rows, {status, obeyed: this.obeyed}),
		tell: (status) => this.#post({type: 'status', status, obeyed: this.obeyed}),
		showRows: (rows) => this.#post({type: 'rows', rows}),
	};
	readonly #post: (message: FromPlayer) => void;
	/** Resolves when the last frame is on the screen. */
	#drawn = Promise.resolve();
	#onDrawn = () => {};

	constructor(post: (message: FromPlayer) => void) {
		this.#post = post;
	}

	/** What is seen must hold until it resolves. */
	async #show({model, assessment}: AssessedLook, rows: BackendSockets | null, told: Told): Promise<void> {
		await this.#drawn;
		this.#drawn = new Promise((resolve) => {
			this.#onDrawn = resolve;
		});
		this.#post({type: 'frame', model: packModel(model), assessment, rows, ...told});
	}

	/** The last frame is on the screen, or nobody draws it any more. */
	drawn(): void {
		this.#onDrawn();
	}
}
