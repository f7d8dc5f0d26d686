import assert from 'node:assert/strict';
import {test} from 'node:test';
import {COLOR_SETS, type Colors, colorSetOf, type Shade} from '../src/colors.ts';
import {parseConfig} from '../src/config.ts';
import {UserError} from '../src/errors.ts';
import {newTheme} from '../src/ui/terminal/theme.ts';

/** WCAG 2: relative luminance, and the contrast of two. */
function luminance(hex: string): number {
	const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
		const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
		return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
	});
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
	const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
	return (high + 0.05) / (low + 0.05);
}

const promises: readonly (readonly [set: keyof typeof COLOR_SETS, background: string, least: number])[] = [
	['dark', '#000000', 4.5],
	['dark', '#ffffff', 2.4],
	['light', '#ffffff', 4.5],
	['contrast', '#000000', 7],
];
for (const [name, background, least] of promises) {
	test(`every text colour of the set ${name} has a contrast of ${least} on ${background}`, () => {
		const set: Readonly<Record<string, Shade>> = COLOR_SETS[name];
		for (const [role, {hex}] of Object.entries(set)) {
			if (role === 'rule' && name !== 'contrast') continue; // lines, no text
			assert.ok(contrast(hex, background) >= least, `${role} ${hex}: ${contrast(hex, background).toFixed(2)}`);
		}
	});
}

const sets: readonly (readonly [colors: Colors, colorfgbg: string | undefined, set: string])[] = [
	[{}, undefined, 'dark'],
	[{}, '15;0', 'dark'],
	[{}, '0;15', 'light'],
	[{}, '0;default;15', 'light'],
	[{set: 'dark'}, '0;15', 'dark'],
	[{set: 'contrast'}, undefined, 'contrast'],
];
for (const [colors, environment, set] of sets) {
	test(`colors ${JSON.stringify(colors)} and COLORFGBG ${environment} begin with the set ${set}`, () => {
		assert.equal(colorSetOf(colors, environment), set);
	});
}

test('a colour of the config takes the place of the set’s, at every depth', () => {
	const colors = {down: '#c00000', est: 'bright-green', tw: 'default'} as const;
	const theme = newTheme(3, false, colors);
	assert.equal(theme.paint('down', 'x'), '\u001b[38;2;192;0;0m\u001b[1mx\u001b[22m\u001b[39m');
	assert.equal(theme.paint('est', 'x'), '\u001b[92mx\u001b[39m');
	assert.equal(theme.paint('tw', 'x'), 'x');
	assert.match(newTheme(2, false, colors).paint('down', 'x'), /^\u001b\[38;5;\d+m/);
	assert.match(newTheme(1, false, colors).paint('down', 'x'), /^\u001b\[(?:3[0-7]|9[0-7])m/);
	assert.equal(newTheme(0, false, colors).paint('down', 'x'), 'x');
});

test('each set has colours of its own on a terminal with 16 of them, and the states differ', () => {
	for (const set of Object.keys(COLOR_SETS)) {
		const theme = newTheme(1, false, {set});
		const states = (['down', 'degraded', 'unknown', 'ok', 'idle'] as const).map((state) => theme.paint(state, 'x'));
		assert.equal(new Set(states).size, 5, set);
	}
});

const wrong: readonly (readonly [text: string, message: RegExp, hint: RegExp])[] = [
	['{"colors":\n{"donw": "red"}}', /c\.json:2: unknown key "donw"/, /did you mean "down"/],
	['{"colors": {"down": "redd"}}', /c\.json:1: "down" cannot be "redd"/, /did you mean "red"/],
	['{"colors": {"down": "#12"}}', /"down" cannot be "#12"/, /#rrggbb or one of default, black/],
	['{"colors": {"down": 3}}', /"down" cannot be 3/, /#rrggbb/],
	['{"colors": {"set": "lihgt"}}', /"set" cannot be "lihgt"/, /did you mean "light"/],
	['{"colors": ["red"]}', /"colors" cannot be \["red"\]/, /object of colours/],
];
for (const [text, message, hint] of wrong) {
	test(`the config ${JSON.stringify(text)} is refused with what would be right`, () => {
		assert.throws(
			() => parseConfig(text, 'c.json'),
			(error) => error instanceof UserError && message.test(error.message) && hint.test(error.hint ?? ''),
		);
	});
}

test('the config takes a set, names and #rrggbb', () => {
	const colors = {set: 'light', down: '#C00000', tw: 'bright-blue', quiet: 'default'};
	assert.deepEqual(parseConfig(JSON.stringify({colors}), 'c.json').colors, colors);
});
