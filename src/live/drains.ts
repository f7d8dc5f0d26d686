/**
When to ask for the endings that have come: soon where there were some, since a backend may begin to fail and the receive
buffer holds no more than 13,000; less often where nothing ends, because each wake-up costs more than what it does.
*/

const BUSY_MS = 100;
const QUIET_MS = 250;

/** Calls `drain`, which says whether anything had come, until the returned function is called. Keeps no process alive. */
export function repeatDrain(drain: () => boolean): () => void {
	let timer = setTimeout(next, BUSY_MS).unref();
	function next(): void {
		const isBusy = drain();
		timer = setTimeout(next, isBusy ? BUSY_MS : QUIET_MS).unref();
	}
	return () => clearTimeout(timer);
}
