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
