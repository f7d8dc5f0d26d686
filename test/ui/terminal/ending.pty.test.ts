import assert from 'node:assert/strict';
import {test} from 'node:test';
import {KEY, withScreen} from '../pty.ts';

for (const [what, key] of [
	['q', 'q'],
	['Ctrl-C', KEY.ctrlC],
] as const) {
	test(`ends on ${what} with the terminal as it was`, async () => {
		await withScreen(
			{
				shell:
					'stty -g > /dev/shm/before.$$; $SCREEN; [ "$(stty -g)" = "$(cat /dev/shm/before.$$)" ] && echo same; rm /dev/shm/before.$$',
			},
			async (screen) => {
				await screen.sees('api-2');
				screen.press(key);
				await screen.sees('ended: quit');
				await screen.sees('same');
				assert.equal(screen.isAlternate(), false);
				assert.ok(screen.output.includes('\u001b[?25h'), 'the cursor is shown again');
			},
		);
	});
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
	test(`ends on ${signal} with the terminal as it was`, async () => {
		await withScreen({}, async (screen) => {
			await screen.sees('api-2');
			process.kill(screen.pty.pid, signal);
			await screen.sees(`ended: signal ${signal}`);
			assert.equal(screen.isAlternate(), false);
			assert.equal((await screen.exited).exitCode, 3);
		});
	});
}

test('ends when the terminal vanishes', async () => {
	await withScreen({}, async (screen) => {
		await screen.sees('api-2');
		// Closes the master side; the kernel hangs up the terminal.
		(screen.pty as unknown as {destroy(): void}).destroy();
		await screen.exited;
	});
});

for (const [where, world, error] of [
	['a look', 'throwing', 'TypeError'],
	['a component', 'drawing', 'RangeError'],
] as const) {
	test(`leaves the alternate screen before the stack of an error in ${where} is printed`, async () => {
		await withScreen({args: ['--world', world, '--interval', '100']}, async (screen) => {
			await screen.sees(error);
			assert.equal(screen.isAlternate(), false);
			assert.equal((await screen.exited).exitCode, 1);
			assert.ok(screen.output.lastIndexOf('\u001b[?1049l') < screen.output.lastIndexOf(error));
			assert.ok(screen.output.includes('\u001b[?25h'), 'the cursor is shown again');
		});
	});
}

test('suspends on Ctrl-Z and comes back whole', async () => {
	await withScreen(
		{
			shell: 'set -m; $SCREEN; echo stopped $?; stty -a | grep -o " icanon"; fg %1; echo came home',
			columns: 120,
			rows: 30,
		},
		async (screen) => {
			await screen.sees('api-2');
			screen.press(KEY.ctrlZ);
			// the emulator may still show the screen from before when the shell has begun to write
			const entered = () => screen.output.split('\u001b[?1049h').length - 1;
			await screen.until('the screen again', (text) => text.includes('api-2') && entered() === 2);
			assert.ok(screen.output.includes('stopped 148'));
			assert.ok(screen.output.includes(' icanon'), 'the shell had a cooked terminal meanwhile');
			assert.ok(screen.isAlternate());
			screen.press('?');
			await screen.sees('A backend is one address');
			screen.press('q');
			await screen.sees('came home');
			assert.equal(screen.isAlternate(), false);
		},
	);
});
