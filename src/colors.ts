/**
Colours by meaning: the roles that `colors` in the config may set, and the sets to begin with. `set` picks one of those; every
other key is a role with a colour of its own.
*/

/** What each colour is for. */
export const COLOR_ROLES = {
	down: 'the state down',
	degraded: 'the state degraded',
	unknown: 'the state unknown',
	ok: 'the state ok',
	idle: 'the state idle',
	warm: 'a number over half of its threshold',
	est: 'ESTABLISHED',
	tw: 'TIME_WAIT',
	cw: 'CLOSE_WAIT',
	fw: 'FIN_WAIT1 and FIN_WAIT2',
	syn: 'SYN_SENT',
	resp: 'response time',
	wait: 'waiting requests',
	accent: 'keys, marks, where the replay is',
	quiet: 'labels, units, what does not matter now',
	rule: 'thin lines between the parts of the screen',
} as const;

export type ColorRole = keyof typeof COLOR_ROLES;

/** As terminals with 16 colours know them; `default` is the terminal's own text colour. */
export const COLOR_NAMES = [
	...['default', 'black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white', 'gray'],
	...['bright-red', 'bright-green', 'bright-yellow', 'bright-blue', 'bright-magenta', 'bright-cyan', 'bright-white'],
] as const;

/** For truecolor, for 256 and for 16 colours. */
export type Shade = {readonly hex: string; readonly ansi256: number; readonly sixteen: string};

type ColorSet = Readonly<Record<ColorRole, Shade>>;

function shade(hex: string, ansi256: number, sixteen: (typeof COLOR_NAMES)[number]): Shade {
	return {hex, ansi256, sixteen};
}

/**
Blue for good and orange for bad stay apart for red-green blindness. `dark` is bright enough for a black background and still
readable on white, for a terminal does not say which one it has.
*/
export const COLOR_SETS = {
	dark: {
		down: shade('#f0565b', 203, 'bright-red'),
		degraded: shade('#e0922e', 172, 'yellow'),
		unknown: shade('#b57edc', 140, 'magenta'),
		ok: shade('#4c9be8', 68, 'bright-blue'),
		idle: shade('#808890', 245, 'gray'),
		warm: shade('#b8a038', 143, 'bright-yellow'),
		est: shade('#38a89d', 37, 'cyan'),
		tw: shade('#8791e8', 104, 'bright-blue'),
		cw: shade('#d9739f', 168, 'bright-magenta'),
		fw: shade('#b58a63', 137, 'magenta'),
		syn: shade('#c08ac9', 139, 'magenta'),
		resp: shade('#6aa84f', 71, 'green'),
		wait: shade('#a3a04a', 143, 'bright-green'),
		accent: shade('#2fa9b8', 37, 'cyan'),
		quiet: shade('#808890', 245, 'gray'),
		rule: shade('#565d66', 240, 'gray'),
	},
	light: {
		down: shade('#c0262c', 124, 'red'),
		degraded: shade('#96580a', 94, 'yellow'),
		unknown: shade('#7d3fa8', 91, 'magenta'),
		ok: shade('#1b62b5', 25, 'blue'),
		idle: shade('#60676e', 241, 'gray'),
		warm: shade('#776100', 58, 'yellow'),
		est: shade('#0b6e66', 23, 'cyan'),
		tw: shade('#4a52b8', 61, 'blue'),
		cw: shade('#a83267', 125, 'magenta'),
		fw: shade('#7a5230', 94, 'red'),
		syn: shade('#834a90', 96, 'magenta'),
		resp: shade('#3b701f', 22, 'green'),
		wait: shade('#62600c', 58, 'green'),
		accent: shade('#0c6c78', 23, 'cyan'),
		quiet: shade('#60676e', 241, 'gray'),
		rule: shade('#b4bac0', 250, 'gray'),
	},
	contrast: {
		down: shade('#ff8080', 210, 'bright-red'),
		degraded: shade('#ffc247', 221, 'bright-yellow'),
		unknown: shade('#e0a8ff', 183, 'bright-magenta'),
		ok: shade('#8cc8ff', 117, 'bright-blue'),
		idle: shade('#d0d4d8', 252, 'white'),
		warm: shade('#fff176', 228, 'bright-yellow'),
		est: shade('#5ff0e0', 87, 'bright-cyan'),
		tw: shade('#b9c0ff', 147, 'bright-blue'),
		cw: shade('#ff9ecb', 218, 'bright-magenta'),
		fw: shade('#f0c8a0', 223, 'bright-white'),
		syn: shade('#f0b0ff', 219, 'bright-magenta'),
		resp: shade('#9cf07c', 156, 'bright-green'),
		wait: shade('#e6e676', 186, 'bright-yellow'),
		accent: shade('#66ecff', 81, 'bright-cyan'),
		quiet: shade('#d0d4d8', 252, 'white'),
		rule: shade('#a8aeb4', 248, 'white'),
	},
} satisfies Record<string, ColorSet>;

export type ColorSetName = keyof typeof COLOR_SETS;
/** As in the config: `set`, and roles. */
export type Colors = Readonly<Partial<Record<ColorRole | 'set', string>>>;

export const COLOR_KEYS: readonly string[] = ['set', ...Object.keys(COLOR_ROLES)];
export const COLOR_SET_NAMES: readonly string[] = Object.keys(COLOR_SETS);

/** Whether it is the name of a colour, or `#rrggbb`. */
export function isColor(text: string): boolean {
	return /^#[\da-f]{6}$/i.test(text) || (COLOR_NAMES as readonly string[]).includes(text);
}

/** The set that is begun with: the chosen one, else that of a background that the terminal names in COLORFGBG. */
export function colorSetOf(colors: Colors, foregroundBackground: string | undefined): ColorSetName {
	const chosen = colors.set;
	if (chosen !== undefined && Object.hasOwn(COLOR_SETS, chosen)) return chosen as ColorSetName;
	const background = /;(\d+)$/.exec(foregroundBackground ?? '')?.[1];
	return background === '7' || background === '15' ? 'light' : 'dark';
}
