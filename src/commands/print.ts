/** stdout for data, stderr for messages. */
import {stripControls} from '../text/strip-controls.ts';

/** Writes that wait for their reader. */
const waiting = new Set<() => void>();

/** Writes data and waits until a slow reader has taken it, so that nothing piles up here. */
export function print(text: string): Promise<void> {
	return new Promise((resolve) => {
		// A reader that is gone is dealt with by the listener of endQuietly.
		if (process.stdout.write(text)) {
			resolve();
			return;
		}
		const done = () => {
			waiting.delete(done);
			process.stdout.off('drain', done);
			resolve();
		};
		waiting.add(done);
		process.stdout.once('drain', done);
	});
}

/** Told to end: whoever waits for a reader that may never read goes on, and ends. */
export function stopWaitingForReader(): void {
	for (const done of waiting) done();
}

/** One line for a person; whatever it is made of, it stays one line. */
export function say(message: string): void {
	process.stderr.write(`traefik-top: ${stripControls(message)}\n`);
}

/** Says why nothing can be seen when that begins, or begins to have another reason; numbers in it change all the time. */
export function problemTeller(): (problem: string | null) => void {
	let said: string | null = null;
	return (problem) => {
		const reason = problem?.replace(/\d+/g, '') ?? null;
		if (problem !== null && reason !== said) say(`${problem}; waiting for one`);
		said = reason;
	};
}
