/** stdout for data, stderr for messages. */
import {stripControls} from '../text/strip-controls.ts';

/** Writes data and waits until a slow reader has taken it, so that nothing piles up here. */
export function print(text: string): Promise<void> {
	return new Promise((resolve) => {
		// A reader that is gone is dealt with by the listener of endQuietly.
		if (process.stdout.write(text)) resolve();
		else process.stdout.once('drain', resolve);
	});
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
