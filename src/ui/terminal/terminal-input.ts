/**
What comes from a terminal and is not a key: answers to questions that another program asked (OSC `ESC ] … BEL`, DCS
`ESC P … ESC \`, APC, PM, SOS; ECMA-48, xterm's ctlseqs), and mouse reports of the oldest kind, `ESC [ M` and three
characters. Ink knows keys and CSI sequences, and takes the rest for typed text. All of it may come in pieces.
*/

const ESC = '\u001b';
const BEL = '\u0007';
const CTRL_C = '\u0003';
/** ] P _ ^ X: what after ESC begins a string. Also as single characters, C1. */
const STRINGS = new Set([']', 'P', '_', '^', 'X']);
const C1_STRINGS = new Set(['\u009d', '\u0090', '\u009f', '\u009e', '\u0098']);
const C1_END = '\u009c';
/** The rest of an answer follows at once. What does not was typed: Alt and one of the characters above. */
const STALE_MS = 500;
/** No answer is longer (the longest hold a clipboard). */
const MAX_ANSWER = 1 << 20;

type InputState = 'text' | 'escape' | 'csi' | 'mouse' | 'string' | 'stringEscape';

/** Takes what is read and returns what of it was typed. */
export class KeyFilter {
	#state: InputState = 'text';
	/** Of a sequence that may yet become an answer: given back when it does not. */
	#held = '';
	/** Characters of a mouse report, or of an answer, that were dropped. */
	#dropped = 0;
	#lastMs = 0;

	/** The beginning of what may be an answer, to be given back if its rest does not come. */
	get isHolding(): boolean {
		return this.#held !== '';
	}

	/** `nowMs`: a clock that never goes back. */
	typed(chunk: string, nowMs: number): string {
		let out = '';
		if (this.#state !== 'text' && nowMs - this.#lastMs > STALE_MS) out += this.release();
		this.#lastMs = nowMs;
		for (const character of chunk) out += this.#take(character);
		return out;
	}

	/** Gives back what was held. */
	release(): string {
		const held = this.#held;
		this.#rest();
		return held;
	}

	#rest(): void {
		this.#state = 'text';
		this.#held = '';
		this.#dropped = 0;
	}

	#take(character: string): string {
		switch (this.#state) {
			case 'text':
				return this.#begin(character);
			case 'escape':
				if (STRINGS.has(character)) return this.#drop('string');
				if (character === '[') return this.#hold('csi', character);
				return this.#end(character);
			case 'csi':
				if (character === 'M') return this.#drop('mouse');
				return this.#end(character);
			case 'mouse':
				if (character === CTRL_C) return this.#end(character);
				if (++this.#dropped === 3) this.#rest();
				return '';
			case 'string':
				if (character === CTRL_C) return this.#end(character);
				if (character === BEL || character === C1_END || ++this.#dropped > MAX_ANSWER) this.#rest();
				else if (character === ESC) this.#state = 'stringEscape';
				return '';
			case 'stringEscape':
				this.#rest();
				// any other sequence ends a string, too
				return character === '\\' ? '' : this.#begin(ESC) + this.#take(character);
		}
	}

	#begin(character: string): string {
		if (character === ESC) return this.#hold('escape', character);
		if (C1_STRINGS.has(character)) return this.#drop('string');
		return character;
	}

	#hold(state: InputState, character: string): string {
		this.#state = state;
		this.#held += character;
		return '';
	}

	#drop(state: InputState): string {
		this.#state = state;
		this.#held = '';
		this.#dropped = 0;
		return '';
	}

	/** It is not an answer: what was held goes on, and so does what follows. */
	#end(character: string): string {
		const held = this.release();
		// two ESC: the second may begin an answer
		return character === ESC ? held + this.#begin(character) : held + character;
	}
}
