/**
Connections of one network namespace that ended, from one reading to the next: received between the readings, handed out
with the next one, to each instance in the namespace.
*/
import type {VisitEnding} from '../parse/ending.ts';
import type {EndingCount} from '../reading.ts';
import {EndingStore} from './ending-store.ts';
import type {NamespaceOptions} from './namespace.ts';
import {type EndingSource, openEndings} from './netlink-endings.ts';

/** What was refused may be allowed later. */
const RETRY_MS = 60_000;
/** Listeners rarely change; the endings of a new one's connections are received for this long. */
const LISTENERS_MS = 10_000;

export class NamespaceEndings {
	/** Why they are not to be had, one clause; null: they are. */
	reason: string | null = null;
	readonly #options: NamespaceOptions;
	#source: EndingSource | null = null;
	#retryMs = Number.NEGATIVE_INFINITY;
	#listenersMs = Number.NEGATIVE_INFINITY;
	/** What comes in, and what this reading is given. */
	#incoming = new EndingStore();
	#given = new EndingStore();
	#isGiven = false;
	#drainedMs = 0;
	/** Of the reading at hand. */
	#clockMs = 0;
	#torn = 0;
	#lost = 0;
	#count: EndingCount = {rows: 0, torn: 0, lost: 0};

	constructor(options: NamespaceOptions) {
		this.#options = options;
	}

	/** A reading begins, through the process `pid` (null: the namespace is our own). */
	begin(pid: number | null, clockMs: number): void {
		this.#isGiven = false;
		this.#clockMs = clockMs;
		if (this.#source !== null || clockMs < this.#retryMs) return;
		const opened = openEndings(pid, this.#options);
		this.#retryMs = clockMs + RETRY_MS;
		if ('problem' in opened) this.reason = opened.problem;
		else {
			this.#source = opened;
			this.#drainedMs = clockMs;
			this.reason = null;
			this.#listenersMs = Number.NEGATIVE_INFINITY;
		}
	}

	/** Receives what has come; `notice` sees each, too. */
	drain(clockMs: number, notice: VisitEnding | null = null): void {
		if (this.#source === null) return;
		const {add} = this.#incoming;
		const {torn, lost, problem} = this.#source.drain((ending) => {
			// as long as it waits for its reading, the point in time after which it ended
			ending.agoMs = this.#drainedMs;
			add(ending);
			notice?.(ending);
		});
		this.#drainedMs = clockMs;
		this.#torn += torn;
		this.#lost += lost;
		if (problem === null) return;
		this.close();
		this.reason = problem;
	}

	/**
	Visits what ended since the reading before, every time the same within one reading; null: not to be had. Ask after the
	rows: a socket that was in them and ended meanwhile is known then.
	*/
	visit(visit: VisitEnding): EndingCount {
		if (!this.#isGiven) this.#give();
		this.#given.visit((ending) => {
			ending.agoMs = Math.max(0, Math.round(this.#clockMs - ending.agoMs));
			visit(ending);
		});
		return this.#count;
	}

	#give(): void {
		this.drain(this.#clockMs);
		this.#isGiven = true;
		const given = this.#incoming;
		this.#incoming = this.#given;
		this.#incoming.clear();
		this.#given = given;
		this.#count = {rows: given.count, torn: this.#torn, lost: this.#lost + given.dropped};
		this.#torn = this.#lost = 0;
	}

	/** Whether it is time to be told of the listeners again. */
	wantsListeners(clockMs: number): boolean {
		if (this.#source === null || clockMs - this.#listenersMs < LISTENERS_MS) return false;
		this.#listenersMs = clockMs;
		return true;
	}

	/** Their connections' endings are not wanted: clients', or the other end of a dial within the namespace. */
	setListeners(ports: readonly number[]): void {
		this.#source?.ignoreLocalPorts(ports);
	}

	close(): void {
		this.#source?.close();
		this.#source = null;
		this.#incoming.clear();
		this.#given.clear();
	}
}
