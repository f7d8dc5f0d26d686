/** What Ink measures texts with, in the place of string-width (build.js). */
import {measure, type WidthOptions, width} from './fit.ts';

/** Private use (text-slots.tsx): one cell each. */
const MARKS = /^[\ue000-\uf8ff]*$/;

/** Cells that a text takes. */
export function cellWidth(text: string, options?: WidthOptions): number {
	if (options !== undefined) return measure(text, options);
	return MARKS.test(text) ? text.length : width(text);
}
