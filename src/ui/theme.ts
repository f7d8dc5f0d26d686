/**
The one place that knows colours and glyphs. A colour repeats a meaning and never carries it alone: every state has its
glyph and its word, too. Blue for good and orange for bad stay apart for red-green blindness; the middle luminances are
readable on black and on white.
*/
import {Chalk, type ChalkInstance} from 'chalk';
import type {Severity, State} from '../finding.ts';
import {toAscii} from '../text/ascii.ts';

/** 0 none, 1 the terminal's 16 colours, 2 its 256, 3 truecolor. */
export type ColorDepth = 0 | 1 | 2 | 3;

type Sixteen = 'redBright' | 'yellow' | 'magenta' | 'blueBright' | 'cyan' | 'gray';
type Shade = {readonly hex: string; readonly ansi256: number; readonly sixteen: Sixteen};

const SHADES = {
	down: {hex: '#e5484d', ansi256: 203, sixteen: 'redBright'},
	degraded: {hex: '#d98a00', ansi256: 172, sixteen: 'yellow'},
	unknown: {hex: '#b06ad9', ansi256: 134, sixteen: 'magenta'},
	ok: {hex: '#3d8fe0', ansi256: 68, sixteen: 'blueBright'},
	accent: {hex: '#1f9aa8', ansi256: 37, sixteen: 'cyan'},
	quiet: {hex: '#808890', ansi256: 245, sixteen: 'gray'},
} satisfies Record<string, Shade>;

/** What a piece of text means. `plain` is the terminal's own colour. */
export type Role = keyof typeof SHADES | 'plain' | 'strong' | 'title' | 'idle';

export type Theme = {
	readonly isAscii: boolean;
	readonly depth: ColorDepth;
	/** Colours a text by its meaning. */
	paint(role: Role, text: string): string;
	/** The same on the line under the cursor. */
	select(role: Role, text: string): string;
	/** The last step of every line: in ASCII if it must be. */
	line(text: string): string;
};

export const GLYPHS: Readonly<Record<State, string>> = {down: '✖', degraded: '▲', unknown: '?', ok: '●', idle: '○'};

/** A notice informs and colours nothing. */
export function severityGlyph(severity: Severity): string {
	return severity === 'notice' ? '·' : GLYPHS[severity];
}

export function severityRole(severity: Severity): Role {
	return severity === 'notice' ? 'quiet' : severity;
}

/** Glyph and word. */
export function stateLabel(state: State): string {
	return `${GLYPHS[state]} ${state}`;
}

export function newTheme(depth: ColorDepth, isAscii: boolean): Theme {
	const chalk = new Chalk({level: depth});
	const styles = new Map<Role, ChalkInstance>([
		['strong', chalk.bold],
		['title', chalk.bold],
		['idle', shade(chalk, SHADES.quiet)],
		['down', shade(chalk, SHADES.down).bold],
	]);
	for (const role of ['degraded', 'unknown', 'ok', 'accent', 'quiet'] as const) {
		styles.set(role, shade(chalk, SHADES[role]));
	}
	const paint = (role: Role, text: string) => (text === '' ? '' : (styles.get(role)?.(text) ?? text));
	return {
		isAscii,
		depth,
		paint,
		select: (role, text) =>
			chalk.inverse(role === 'down' || role === 'degraded' || role === 'unknown' ? paint(role, text) : text),
		line: isAscii ? toAscii : (text) => text,
	};
}

function shade(chalk: ChalkInstance, {hex, ansi256, sixteen}: Shade): ChalkInstance {
	if (chalk.level === 3) return chalk.hex(hex);
	return chalk.level === 2 ? chalk.ansi256(ansi256) : chalk[sixteen];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
How many colours a terminal has. Ink's own colouring ignores NO_COLOR on a terminal, so the decision is made here:
`NO_COLOR` (https://no-color.org: present and not empty), `--no-color`, TERM=dumb, COLORTERM, TERM.
*/
export function colorDepth(env: Environment, isColorWanted = true): ColorDepth {
	const term = env['TERM'] ?? '';
	if (!isColorWanted || (env['NO_COLOR'] ?? '') !== '' || term === 'dumb' || term === '') return 0;
	if (/^(truecolor|24bit)$/.test(env['COLORTERM'] ?? '') || /-direct$|^xterm-(kitty|ghostty)$/.test(term)) return 3;
	return /256/.test(term) ? 2 : 1;
}

/** Whether a terminal cannot be trusted with more than ASCII: the Linux console's fonts, or a locale that says so. */
export function isAsciiTerminal(env: Environment): boolean {
	if (/^(linux|dumb|vt\d+|ansi)$/.test(env['TERM'] ?? '')) return true;
	const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
	return /\.(?!utf-?8)/i.test(locale);
}
