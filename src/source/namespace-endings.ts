/**
Connections of one network namespace that ended, from one reading to the next: received between the readings, handed out
with the next one, to each instance that stands in the namespace.
*/
import type {Visit} from '../parse/row.ts';
import type {EndingCount} from '../reading.ts';
import {EndingStore} from './ending-store.ts';
import type {NamespaceOptions} from './namespace.ts';
import {type EndingSource, openEndings} from './netlink-endings.ts';

/** What was refused may be allowed later. */
const RETRY_MS = 60_000;
/** Listeners rarely change; the endings of a new one's connections are received for so long. */
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
	#torn = 0;
	#lost = 0;
	#count: EndingCount = {rows: 0, torn: 0, lost: 0};

	constructor(options: NamespaceOptions) {
		this.#options = options;
	}

	/** A reading begins, through the process `pid` (null: the namespace is our own). */
	begin(pid: number | null, clockMs: number): void {
		this.#isGiven = false;
		if (this.#source !== null || clockMs < this.#retryMs) return;
		const opened = openEndings(pid, this.#options);
		this.#retryMs = clockMs + RETRY_MS;
		if ('problem' in opened) this.reason = opened.problem;
		else {
			this.#source = opened;
			this.reason = null;
			this.#listenersMs = Number.NEGATIVE_INFINITY;
		}
	}

	/** Receives what has come; `notice` sees each, too. */
	drain(notice: Visit | null = null): void {
		if (this.#source === null) return;
		const {add} = this.#incoming;
		const visit: Visit =
			notice === null
				? add
				: (row) => {
						add(row);
						notice(row);
					};
		const {torn, lost, problem} = this.#source.drain(visit);
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
	visit(visit: Visit): EndingCount {
		if (!this.#isGiven) this.#give();
		this.#given.visit(visit);
		return this.#count;
	}

	#give(): void {
		this.drain();
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
