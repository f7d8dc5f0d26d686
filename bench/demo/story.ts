/** What happens in the demo. Every wait is for something on the screen, or for a viewer to have read it. */
import {setTimeout as sleep} from 'node:timers/promises';
import type {Cast} from './cast.ts';
import type {Recorder} from './recorder.ts';
import {BACKENDS, type Stage} from './stage.ts';

/** The table's graphs show a minute. */
const HISTORY_MS = 60_000;
const PROMPT = /# $/m;
const ALL_OK = new RegExp(`● ${BACKENDS} ok`);

export async function tell(stage: Stage): Promise<Cast[]> {
	const screen = stage.shell(100, 30);
	const others = [stage.shell(140, 32), stage.shell(40, 5)] as const;
	await Promise.all([screen, ...others].map((shell) => shell.sees(PROMPT)));
	await Promise.all(others.map((shell) => shell.type('traefik-top\r')));
	await healthy(screen);
	await incident(screen, stage);
	const [wide, pane] = others;
	wide.mark('still', 'table');
	pane.mark('still', 'pane');
	await past(screen);
	await recovery(screen, stage);
	await replay(screen);
	return [screen, ...others].map((shell) => shell.cast());
}

async function healthy(screen: Recorder): Promise<void> {
	screen.mark('say', 'every backend behind Traefik, read from the kernel: no API, no configuration');
	screen.mark('go');
	await sleep(400);
	await screen.type('traefik-top');
	await sleep(250);
	screen.mark('cut');
	await screen.type('\r');
	await screen.sees(ALL_OK);
	await sleep(HISTORY_MS);
	screen.mark('go');
	await sleep(1700);
}

async function incident(screen: Recorder, stage: Stage): Promise<void> {
	stage.readSlowly();
	await stage.lose();
	screen.mark('say', 'the network begins to lose every packet to api-2 …');
	await screen.sees(/✖ api-2/);
	screen.mark('say', '… seen within seconds, with the reason');
	await sleep(1700);
	screen.press('enter');
	screen.mark('say', 'Enter: what is wrong, what to look at, its history …');
	stage.slow(1500);
	await sleep(2100);
	screen.mark('still', 'detail');
	screen.press('pageDown');
	screen.mark('say', '… and its sockets, the evidence first');
	await sleep(1400);
	screen.press('escape');
	screen.mark('say', 'meanwhile pay-1 answers late');
	await screen.sees(/▲ pay-1/);
	await sleep(1400);
}

async function past(screen: Recorder): Promise<void> {
	screen.mark('say', '← back in time: the last 15 minutes are kept');
	for (let i = 0; i < 4; i++) {
		screen.press('left');
		await sleep(450);
	}
	await sleep(500);
	screen.press('end');
	screen.mark('say', 'End: back to now');
	await sleep(800);
}

async function recovery(screen: Recorder, stage: Stage): Promise<void> {
	await stage.restore();
	stage.slow(60);
	screen.mark('say', 'the network is back');
	await sleep(800);
	screen.mark('cut');
	await screen.misses(/✖ \d+ down/);
	screen.mark('go');
	await sleep(600);
	screen.mark('cut');
	await screen.sees(ALL_OK);
	screen.mark('go');
	await sleep(1100);
	screen.press('tab');
	screen.mark('say', 'Tab: what was found, and when');
	await sleep(1800);
	screen.mark('still', 'findings');
	screen.press('w');
	screen.mark('say', 'w: written down for the morning after');
	await screen.sees(/written/);
	await sleep(1000);
}

async function replay(screen: Recorder): Promise<void> {
	screen.mark('cut');
	screen.press('q');
	await screen.sees(PROMPT);
	screen.mark('say', 'the same screen on the recording');
	screen.mark('go');
	await sleep(300);
	await screen.type('traefik-top replay *.capture');
	await sleep(250);
	screen.mark('cut');
	await screen.type('\r');
	await screen.sees(/REPLAY/);
	await screen.sees(/api-2 +[─┼]*█/);
	screen.mark('go');
	await sleep(900);
	screen.mark('say', '[ ] from finding to finding');
	for (const key of [']', ']', '['] as const) {
		screen.press(key);
		await sleep(750);
	}
	screen.mark('say', '+ faster');
	screen.press('+');
	await sleep(300);
	screen.press('+');
	await sleep(1700);
	screen.mark('still', 'replay');
	screen.mark('cut');
	screen.press('?');
	await screen.sees(/Keys/);
	screen.mark('still', 'help');
}
