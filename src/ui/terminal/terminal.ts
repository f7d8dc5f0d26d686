/** What the screen does to a terminal besides drawing: copying, clearing, stopping, and noticing that it has gone. */
import type {ReadStream, WriteStream} from 'node:tty';

/**
OSC 52: the terminal itself puts the text on the clipboard, also over ssh. Multiplexers are between: screen passes it on
when it is wrapped, tmux takes it as it is with `set-clipboard on` and passes it on wrapped with `allow-passthrough on`.
Each ignores what is meant for the other, and under sudo only $TERM tells that there is one.
*/
export function copySequence(text: string, term: string, isTmux: boolean): string {
	const sequence = `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`;
	if (isTmux) return `${sequence}\u001bPtmux;${sequence.replaceAll('\u001b', '\u001b\u001b')}\u001b\\`;
	return /^screen/.test(term) ? `${sequence}\u001bP${sequence}\u001b\\` : sequence;
}

/** Home, and everything erased. */
export const CLEAR = '\u001b[H\u001b[2J';

/** The title of a window that is left as it was: nothing but what the alternate screen covers. */
export type Streams = {readonly stdin: ReadStream; readonly stdout: WriteStream};

export type Ending = {readonly reason: 'quit'} | {readonly reason: 'signal'; readonly signal: NodeJS.Signals};

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
Calls back once when the watch must end: a signal, or a terminal that is gone (a read or a write fails, or the input
ends, also where nobody sent SIGHUP). Returns what undoes it.
*/
export function onEnd({stdin, stdout}: Streams, end: (ending: Ending) => void): () => void {
	const handlers = SIGNALS.map((signal) => [signal, () => end({reason: 'signal', signal})] as const);
	const gone = () => end({reason: 'signal', signal: 'SIGHUP'});
	for (const [signal, handler] of handlers) process.on(signal, handler);
	stdin.on('end', gone).on('error', gone).on('close', gone);
	// Stays: what was buffered may still fail after the end, and nobody else would catch it.
	stdout.on('error', gone);
	return () => {
		for (const [signal, handler] of handlers) process.off(signal, handler);
		stdin.off('end', gone).off('close', gone);
	};
}

/**
Stops the whole foreground job, as the terminal driver does for Ctrl-Z, and comes back after `fg`. A process group that
no shell looks after is not stopped by the kernel; then this returns at once.
*/
export async function stopJob(): Promise<void> {
	await new Promise<void>((resolve) => {
		process.kill(0, 'SIGTSTP');
		// Stopped or not, this comes when the process runs (again).
		setTimeout(resolve, 20);
	});
}
