import {grouped} from './count.ts';

/** `1 socket`, `37 sockets`, `1,204 sockets`; `word` is the singular and takes an s. */
export function plural(count: number, word: string): string {
	return `${grouped(count)} ${word}${count === 1 ? '' : 's'}`;
}
