/**
Colours and glyphs. A colour repeats a meaning and never carries it alone: every state has its glyph and its word, too.
Which colour a meaning has is in ../colors.ts and in the config.
*/
import {Chalk, type ChalkInstance, type ForegroundColorName} from 'chalk';
import {COLOR_ROLES, COLOR_SETS, type ColorRole, type Colors, colorSetOf, type Shade} from '../../colors.ts';
import {GLYPHS, type Severity, type State} from '../../detect/finding.ts';
import {toAscii} from '../../text/ascii.ts';

/** 0 none, 1 the terminal's 16 colours, 2 its 256, 3 truecolor. */
export type ColorDepth = 0 | 1 | 2 | 3;

/** What a piece of text means. `plain` is the terminal's own colour. */
export type Role = ColorRole | 'plain' | 'strong' | 'title';

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

export function severityRole(severity: Severity): Role {
	return severity === 'notice' ? 'quiet' : severity;
}

/** Glyph and word. */
export function stateLabel(state: State): string {
	return `${GLYPHS[state]} ${state}`;
}

/** `colors`: a set's name and roles with colours of their own. */
export function newTheme(depth: ColorDepth, isAscii: boolean, colors: Colors = {}): Theme {
	const chalk = new Chalk({level: depth});
	const set: Readonly<Record<ColorRole, Shade>> = COLOR_SETS[colorSetOf(colors, undefined)];
	const styles = new Map<Role, ChalkInstance>([
		['strong', chalk.bold],
		['title', chalk.bold],
	]);
	for (const role of Object.keys(COLOR_ROLES) as ColorRole[]) {
		const own = colors[role];
		const style = own === undefined ? ofShade(chalk, set[role]) : ofColor(chalk, own);
		styles.set(role, role === 'down' ? style.bold : style);
	}
	const brushes = new Map<Role, Brush>();
	for (const [role, style] of styles) brushes.set(role, brushOf(style));
	const paint = (role: Role, text: string) => {
		const brush = text === '' ? undefined : brushes.get(role);
		return brush === undefined ? text : brush.on + text + brush.off;
	};
	return {
		isAscii,
		depth,
		paint,
		select: (role, text) =>
			chalk.inverse(role === 'down' || role === 'degraded' || role === 'unknown' ? paint(role, text) : text),
		line: isAscii ? toAscii : (text) => text,
	};
}

/** What a style writes before and after a text. No text here has a colour of its own or a second line. */
type Brush = {readonly on: string; readonly off: string};

function brushOf(style: ChalkInstance): Brush {
	const [on = '', off = ''] = style('\0').split('\0');
	return {on, off};
}

function ofShade(chalk: ChalkInstance, {hex, ansi256, sixteen}: Shade): ChalkInstance {
	if (chalk.level === 3) return chalk.hex(hex);
	return chalk.level === 2 ? chalk.ansi256(ansi256) : ofColor(chalk, sixteen);
}

/** A name stays what the terminal makes of it; of `#rrggbb` chalk takes the nearest colour that the terminal has. */
function ofColor(chalk: ChalkInstance, color: string): ChalkInstance {
	if (color === 'default') return chalk;
	if (color.startsWith('#')) return chalk.hex(color);
	return chalk[chalkName(color)];
}

function chalkName(name: string): ForegroundColorName {
	const bright = /^bright-(.*)$/.exec(name)?.[1];
	return (bright === undefined ? name : `${bright}Bright`) as ForegroundColorName;
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
