/**
C0 and C1 controls, line and paragraph separators, and the characters that reorder or hide text (bidirectional controls,
zero-width ones but the joiner): none may reach a terminal from a process name, a file name, a recording or a remote.
*/
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/** Drops whatever could move the cursor, colour, hide or reorder text; lone surrogates become U+FFFD. */
export function stripControls(text: string): string {
	return text.replace(UNSAFE, '').toWellFormed();
}
