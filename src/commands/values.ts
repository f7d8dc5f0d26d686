/** How option values are parsed. Each throws a UserError (exit code 2) that says what would be right. */
import {UserError} from '../errors.ts';
import {stripControls} from '../text/strip-controls.ts';
import {parseDuration} from '../text/time.ts';

export function wrongValue(what: string, text: string, hint: string): UserError {
	const shown = stripControls(text);
	return new UserError(`not ${what}: "${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}"`, hint, 2);
}

/** A DUR of at least `leastMs`. */
export function durationOf(leastMs: number): (text: string) => number {
	return (text) => {
		const ms = parseDuration(text);
		if (ms === null) throw wrongValue('a duration', text, 'give one such as 90s, 5m or 1h30m');
		if (ms < leastMs) throw wrongValue('a valid duration', text, `give at least ${leastMs}ms`);
		// Longer ones overflow Node's timers and fire at once.
		if (ms > 2 ** 31 - 1) throw wrongValue('a valid duration', text, 'give at most 24d');
		return ms;
	};
}

export function wholeNumber(least: number, most: number, what: string): (text: string) => number {
	return (text) => {
		const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
		if (!(value >= least && value <= most))
			throw wrongValue(what, text, `give a whole number from ${least} to ${most}`);
		return value;
	};
}

/** `0.5`, `10`, `10x`. */
export function speedOf(text: string): number {
	const value = /^\d+(?:\.\d+)?x?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
	if (!(value > 0 && value <= 3600)) throw wrongValue('a speed', text, 'give a factor such as 10, at most 3600');
	return value;
}

/** `500k`, `100M`, `2G`: bytes, by 1024. */
export function sizeOf(text: string): number {
	const match = /^(\d{1,12}(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(text);
	const factor = 1024 ** ' kmgt'.indexOf((match?.[2] || ' ').toLowerCase());
	const bytes = match === null ? 0 : Math.floor(Number(match[1]) * factor);
	if (bytes < 1) throw wrongValue('a size', text, 'give one such as 500k, 100M or 2G');
	return bytes;
}

/** `14d` is a time, `20G` a size: letters of times are small. */
export type Keep = {readonly ms: number} | {readonly bytes: number};

export function keepOf(text: string): Keep {
	const ms = parseDuration(text);
	if (ms !== null && ms >= 1000) return {ms};
	if (ms === null && /[kKMGT]i?B?$/.test(text)) return {bytes: sizeOf(text)};
	throw wrongValue('a time or a size to keep', text, 'give one such as 14d or 20G');
}

export function regularExpression(text: string): RegExp {
	try {
		return new RegExp(text);
	} catch (error) {
		const reason = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error);
		throw wrongValue('a regular expression', text, `${stripControls(reason)}; give one such as ^traefik`);
	}
}

/** A text that is not empty. */
export function given(what: string): (text: string) => string {
	return (text) => {
		if (text.trim() === '') throw new UserError(`${what} is empty`, 'give a value or omit the option', 2);
		return text;
	};
}

/** Where a capture goes: a file that is gone back to, for its chunks get their lengths when they are closed. */
export function captureFile(what: string): (text: string) => string {
	return (text) => {
		if (text === '-')
			throw new UserError(`${what} cannot be a pipe`, 'name a file, or use traefik-top recorder | sh', 2);
		return given(what)(text);
	};
}
