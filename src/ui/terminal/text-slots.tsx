/**
The way of the lines around Ink. Ink takes every text apart into cells three times a frame, which at 300×100 is all that a
key would wait for. So it lays out marks, one character per line of text, and the text comes in when the frame is
written; the layout is done again only when there are more lines, or fewer. Without a slots, as in renderToString(), Ink
gets the text itself.
*/
import {Text} from 'ink';
import {createContext, use, useEffect, useMemo, useRef} from 'react';

/** Private use: one cell wide for Ink, and nothing that it can see otherwise. */
const FIRST_MARK = 0xe000;
const LAST_MARK = 0xf8ff;
const MARKS = /[\ue000-\uf8ff]/g;

/** What stands for each mark: lines, the mark standing once for each of them. */
export class TextSlots {
	readonly #texts = new Map<string, readonly string[]>();
	readonly #free: string[] = [];
	#next = FIRST_MARK;
	readonly #onChange: () => void;

	constructor(onChange: () => void) {
		this.#onChange = onChange;
	}

	/** A mark of one's own; null: there are none left, and the text must stand for itself. */
	take(): string | null {
		const used = this.#free.pop();
		if (used !== undefined) return used;
		return this.#next > LAST_MARK ? null : String.fromCharCode(this.#next++);
	}

	give(mark: string): void {
		this.#texts.delete(mark);
		this.#free.push(mark);
	}

	put(mark: string, lines: readonly string[]): void {
		const before = this.#texts.get(mark);
		if (before?.length === lines.length && lines.every((text, at) => text === before[at])) return;
		this.#texts.set(mark, lines);
		this.#onChange();
	}

	/** The lines of a frame that Ink made, texts in place. */
	fill(frame: string): string[] {
		const next = new Map<string, number>();
		const text = (mark: string) => {
			const at = next.get(mark) ?? 0;
			next.set(mark, at + 1);
			return this.#texts.get(mark)?.[at] ?? '';
		};
		return frame.split('\n').map((line) => line.replace(MARKS, text));
	}
}

export const TextSlotsContext = createContext<TextSlots | null>(null);

/** Lines that are no wider than their place. */
export function Lines({lines}: {readonly lines: readonly string[]}) {
	const slots = use(TextSlotsContext);
	const taken = useRef<string | null>(null);
	useEffect(
		() => () => {
			if (taken.current !== null) slots?.give(taken.current);
			taken.current = null;
		},
		[slots],
	);
	taken.current ??= slots?.take() ?? null;
	const mark = taken.current;
	// While rendering, not in an effect: an effect would make Ink lay out a frame in which nothing has moved.
	if (mark !== null) slots?.put(mark, lines);
	const text = (mark === null ? lines : lines.map(() => mark)).join('\n');
	// Ink's Text is another one for Ink each time that it renders.
	return useMemo(() => <Text>{text}</Text>, [text]);
}
