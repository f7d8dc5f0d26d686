/** Which inodes are this Traefik's. Its descriptors are read only when a row needs them, and from time to time anyway. */
import type {Reading} from '../reading.ts';
import type {Attribution} from '../snapshot.ts';
import {attributionOf} from './attribution.ts';

/** The descriptors are read this often even if nothing asks for them. */
const AUDIT_EVERY_MS = 10_000;
const MAX_LISTENER_INODES = 10_000;

export class OwnInodes {
	/** As of the last reading that could be read. */
	attribution: Attribution = 'assumed';
	/** The process's inodes; null: nothing has asked for them in this reading, or they cannot be told. */
	inodes: ReadonlySet<number> | null = null;
	#reading: Reading | null = null;
	#hasAsked = false;
	#nowMs = 0;
	#isFirst = true;
	#nextAuditMs = 0;
	#listeners = new Map<number, {isOwn: boolean; untilMs: number}>();

	begin(reading: Reading, nowMs: number, isFirst: boolean): void {
		this.attribution = attributionOf(reading);
		this.inodes = null;
		this.#reading = reading;
		this.#hasAsked = false;
		this.#nowMs = nowMs;
		this.#isFirst = isFirst;
		if (this.attribution !== 'descriptors' || nowMs < this.#nextAuditMs) return;
		this.#nextAuditMs = nowMs + AUDIT_EVERY_MS;
		this.#ask();
	}

	has(inode: number): boolean {
		if (this.attribution !== 'descriptors') return true;
		this.#ask();
		return this.inodes === null || this.inodes.has(inode);
	}

	/**
	A listener keeps its inode for life: the descriptors are asked about new ones only. One that they do not show may have
	been opened since they were read: it is asked about again.
	*/
	hasListener(inode: number): boolean {
		if (this.attribution !== 'descriptors') return true;
		const known = this.#listeners.get(inode);
		if (known !== undefined && this.#nowMs < known.untilMs) return known.isOwn;
		const isOwn = this.has(inode);
		if (this.#listeners.size > MAX_LISTENER_INODES) this.#listeners.clear();
		const untilMs = isOwn ? Number.POSITIVE_INFINITY : this.#nowMs + AUDIT_EVERY_MS;
		if (isOwn || !this.#isFirst) this.#listeners.set(inode, {isOwn, untilMs});
		return isOwn;
	}

	#ask(): void {
		if (this.#hasAsked) return;
		this.#hasAsked = true;
		this.inodes = this.#reading?.inodes() ?? null;
	}
}
