import assert from 'node:assert/strict';
import {test} from 'node:test';
import {KEY, withScreen} from '../pty.ts';

test('shows the incident as the first frame, on the alternate screen', async () => {
	await withScreen({columns: 140, rows: 40}, async (screen) => {
		const text = await screen.sees(/✖ api-2 unreachable for \d+ s, since 14:02:04: 3 dials/);
		assert.ok(screen.isAlternate());
		assert.match(text, /✖ api-2 10\.0\.3\.12:8080/);
		assert.match(text, /✖ 1 down {2}▲ 1 degraded {2}● 5 ok {2}○ 1 idle/);
	});
});

const keys: readonly (readonly [what: string, press: string, sees: string | RegExp])[] = [
	['? opens help', '?', 'A backend is one address that Traefik dials'],
	['h opens help', 'h', 'A backend is one address that Traefik dials'],
	['F1 opens help', KEY.f1, 'A backend is one address that Traefik dials'],
	['j puts the cursor on the first row', 'j', /^›✖ api-2/m],
	['↓ puts the cursor on the first row', KEY.down, /^›✖ api-2/m],
	['G goes to the last row', 'G', /^›○ 10\.0\.5\.5/m],
	['Enter opens the worst backend', KEY.enter, '→ nobody answers at 10.0.3.12'],
	['Tab opens the findings', KEY.tab, /EVIDENCE/],
	['/ asks for a filter', '/', 'Enter keeps, Esc clears'],
	['b asks for a time', 'b', 'jump to'],
	['s sorts by the next column', 'ss', /^ {3}BACKEND ▼/m],
	['> sorts by the next column', '>>', /^ {3}BACKEND ▼/m],
	['< sorts by the last column', '<', /WHY ▼$/m],
	['r reverses the order', 'r', /^ ▲ BACKEND/m],
	['Space freezes the live view', ' ', '‖ PAUSED'],
	['z shows 5 minutes', 'z', /EST 5m +TW 5m +CW 5m/],
	['Z shows 15 minutes', 'Z', /EST 15m +TW 15m +CW 15m/],
	['o groups by name', 'o', /▾ api {2}4 backends/],
	['O folds the groups', 'oO', /▸ api {2}4 backends/],
	['n leads to the next problem', 'n', 'why · 2 of 2'],
	['C lists the columns', 'C', /^›\[x\] BACKEND/m],
	['W writes the view', 'W', 'wrote {"columns":null,"sort":"STATE","zoom":"60s","group":"none"}'],
	['F follows the worst', 'F', 'following the worst'],
	['← goes 5 s back', KEY.left, '◀ '],
	['- makes the interval longer', '-', 'LIVE 2s'],
	['+ makes the interval shorter', '+', 'LIVE 0.5s'],
	['w writes a recording', 'w', 'wrote incident.capture'],
	['R records from now on', 'R', 'recording into now.capture'],
	['the screen shows that it records', 'R', /REC {2}\d\d:\d\d:\d\d UTC {2}● LIVE/],
	['R again ends it', 'RR', 'recorded: now.capture'],
	['c says what it copied', 'c', 'copied: down api-2'],
];
for (const [what, press, sees] of keys) {
	test(what, async () => {
		await withScreen({columns: 140, rows: 40}, async (screen) => {
			await screen.sees('api-2');
			screen.press(press);
			await screen.sees(sees);
		});
	});
}

test('R in a replay says that there is nothing to record', async () => {
	await withScreen({args: ['--replay'], columns: 140, rows: 40}, async (screen) => {
		await screen.sees('api-2');
		screen.press('R');
		await screen.sees('this is already a recording');
		assert.doesNotMatch(screen.text(), /REC {2}/);
	});
});

test('takes several keys that arrive in one read', async () => {
	await withScreen({columns: 140, rows: 40}, async (screen) => {
		await screen.sees('api-2');
		screen.press('jjj');
		await screen.sees(/^›● api-1/m);
	});
});

test('copies the row to the terminal’s clipboard', async () => {
	await withScreen({columns: 140, rows: 40}, async (screen) => {
		await screen.sees('api-2');
		screen.press('c');
		await screen.sees('copied');
		const sequence = `\u001b]52;c;`;
		const at = screen.output.indexOf(sequence);
		const copied = Buffer.from(
			screen.output.slice(at + sequence.length, screen.output.indexOf('\u0007', at)),
			'base64',
		).toString();
		assert.match(copied, /^down api-2 10\.0\.3\.12:8080 \| est 0 syn 3 tw 0 cw 0 \| unreachable: /);
	});
});

test('filters while somebody types; Enter keeps, Esc clears', async () => {
	await withScreen({columns: 140, rows: 40}, async (screen) => {
		await screen.sees('api-2');
		screen.press('/');
		await screen.sees('Enter keeps');
		screen.press('web');
		await screen.misses('api-2');
		screen.press(KEY.enter);
		assert.match(await screen.sees('2 of 8 match “web”'), /web-1/);
		screen.press(KEY.escape);
		await screen.sees('api-2');
	});
});

const FRAME = '\u001b[?2026h';

test('a look writes the cells that changed, in one synchronised piece', async () => {
	await withScreen({columns: 140, rows: 40, args: ['--interval', '50']}, async (screen) => {
		await screen.sees(/14:02:1[6-9]/);
		const [before = '', first = '', ...looks] = screen.output.split(FRAME);
		assert.match(before, /^\u001b\[\?1049h(\u001b\[\?25l)+$/);
		assert.ok(Buffer.byteLength(first) > 1000, 'the first frame is whole');
		// Eight backends and the graphs of one, all of which change: a line alone would be 140, the frame 5,600.
		const most = Math.max(...looks.map((look) => Buffer.byteLength(look)));
		assert.ok(most > 0 && most < 1000, `${most} bytes`);
		assert.ok(looks.slice(0, -1).every((look) => look.endsWith('\u001b[?2026l')));
	});
});

test('looks in which nothing changed write nothing', async () => {
	await withScreen({columns: 140, rows: 40, args: ['--world', 'healthy', '--interval', '20']}, async (screen) => {
		await screen.sees('12 ok');
		screen.press('-');
		await screen.sees('LIVE 2s');
		screen.press('+');
		await screen.sees('LIVE 1s');
		// Each key changed the header and the footer's first keys; the looks between them nothing.
		assert.equal(screen.output.split(FRAME).length - 1, 3);
	});
});

const sizes = [
	[20, 3],
	[40, 5],
	[80, 24],
	[140, 40],
	[300, 100],
] as const;
for (const [columns, rows] of sizes) {
	test(`says at ${columns}×${rows} that api-2 is down, and why`, async () => {
		await withScreen({columns, rows}, async (screen) => {
			const text = await screen.sees(/✖ .*api-2 .*unreach/);
			assert.ok(text.split('\n').every((line) => line.length <= columns));
		});
	});
}

test('survives a storm of resizes and fills the last size', async () => {
	await withScreen({columns: 140, rows: 40, args: ['--interval', '50']}, async (screen) => {
		await screen.sees('api-2');
		for (let round = 0; round < 3; round++) {
			for (const [columns, rows] of [...sizes, [61, 17] as const]) {
				screen.resize(columns, rows);
				await new Promise((resolve) => setImmediate(resolve));
			}
		}
		screen.resize(120, 30);
		await screen.until('the last size', (text) => {
			const lines = text.split('\n');
			return (
				lines.length === 30 &&
				/traefik-top/.test(lines[0] ?? '') &&
				/LIVE/.test(lines[0] ?? '') &&
				/self/.test(lines[29] ?? '')
			);
		});
		const lines = screen.lines();
		assert.equal(lines.filter((line) => /^ ✖ api-2 +0 /.test(line)).length, 1);
		assert.equal(lines.filter((line) => line.includes(' self ')).length, 1);
	});
});

test('draws no colour under NO_COLOR, and the same words', async () => {
	await withScreen({columns: 140, rows: 40, env: {NO_COLOR: '1', COLORTERM: 'truecolor'}}, async (screen) => {
		const text = await screen.sees('✖ api-2');
		assert.equal(screen.hasColour(), false);
		assert.doesNotMatch(screen.output, /\u001b\[[0-9;]*m/);
		assert.match(text, /▲ api-3/);
	});
});

test('draws colour where the terminal has it', async () => {
	await withScreen({columns: 140, rows: 40}, async (screen) => {
		await screen.sees('✖ api-2');
		assert.equal(screen.hasColour(), true);
	});
});

test('writes nothing but ASCII with --ascii', async () => {
	await withScreen({columns: 140, rows: 40, args: ['--ascii']}, async (screen) => {
		const text = await screen.sees('X api-2');
		assert.match(text, /^[ -~\n]*$/);
		assert.match(text, /! api-3/);
	});
});
