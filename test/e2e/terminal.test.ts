/** Terminals as they are: without a size, and answering questions that nobody here has asked. */
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {withScreen} from '../ui/pty.ts';
import {PROGRAM_IN_SHELL} from './bin.ts';

const CAPTURE = fileURLToPath(new URL('../../fixtures/recordings/killed.capture', import.meta.url));
const REPLAY = `${PROGRAM_IN_SHELL} replay ${CAPTURE}`;
const HOME = 'export XDG_CONFIG_HOME=/nonexistent';

for (const [what, size, sees] of [
	['80×24', 'unset COLUMNS LINES', /\.12:8080/],
	['COLUMNS and LINES', 'export COLUMNS=60 LINES=20', /\.12:8080/],
] as const) {
	test(`a terminal of size 0×0 gets a screen of ${what}`, async () => {
		const shell = `${HOME}; shopt -u checkwinsize; stty rows 0 cols 0; ${size}; ${REPLAY}; echo "ended: $?"`;
		await withScreen({columns: 80, rows: 24, shell}, async (screen) => {
			await screen.sees('REPLAY');
			await screen.sees(sees);
			screen.press('q');
			await screen.sees('ended: 0');
		});
	});
}

const ANSWERS = [
	'\u001b]11;rgb:0000/0000/0000\u0007',
	'\u001b]11;rgb:0000/0000/0000\u001b\\',
	'\u001bP1$r0qhb?m\u001b\\',
	'\u001b[M qh?',
];

test('answers of the terminal and mouse reports are not keys, whole or in pieces', async () => {
	await withScreen({columns: 100, rows: 30, shell: `${HOME}; ${REPLAY}; echo "ended: $?"`}, async (screen) => {
		await screen.sees('REPLAY');
		screen.press(' ');
		await screen.sees('‖ REPLAY');
		for (const answer of ANSWERS) {
			screen.press(answer);
			for (const character of answer) screen.press(character);
		}
		// what comes after them is the first key that is heard
		screen.press('/zz');
		const text = await screen.sees(/match “zz”/);
		if (/jump to|A backend is one address|ended/.test(text)) throw new Error(text);
		screen.press('\r');
		screen.press('q');
		await screen.sees('ended: 0');
	});
});
