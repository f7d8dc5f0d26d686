/** What the live view and the replay have in common: the screen's options, and what watching costs. */
import type {Controls} from '../ui/controls.ts';
import type {Playback, SelfCost} from '../ui/playback.ts';
import type {Screen} from '../ui/screen.ts';
import {startScreen} from '../ui/start.tsx';
import type {Ending} from '../ui/terminal.ts';
import {colorDepth, isAsciiTerminal} from '../ui/theme.ts';
import type {Settings} from './settings.ts';
import type {Terminal} from './terminal.ts';

export function openScreen(terminal: Terminal, settings: Settings, controls: Controls, playback: Playback): Screen {
	const {env} = process;
	return startScreen({
		...terminal,
		controls,
		playback,
		depth: colorDepth(env, settings.isColorWanted),
		isAscii: settings.isAscii || isAsciiTerminal(env),
		isCompact: settings.isCompact,
		term: env['TERM'] ?? '',
		isTmux: (env['TMUX'] ?? '') !== '',
	});
}

/** 128 + the signal's number. */
const SIGNAL_CODES: Partial<Record<NodeJS.Signals, number>> = {SIGHUP: 129, SIGINT: 130, SIGTERM: 143};

export function exitCodeOf(ending: Ending): number {
	return ending.reason === 'quit' ? 0 : (SIGNAL_CODES[ending.signal] ?? 1);
}

/** All threads of this process, since the call before. */
export class CostMeter {
	#usage = process.cpuUsage();
	#at = performance.now();
	#cost: SelfCost = {cpuPercent: null, rssBytes: null};

	measure(): SelfCost {
		const now = performance.now();
		// Two looks in a row would make a percentage of nearly nothing, and one look is no more than noise.
		if (now - this.#at < (this.#cost.cpuPercent === null ? 200 : 5000)) return this.#cost;
		const {user, system} = process.cpuUsage(this.#usage);
		this.#cost = {
			cpuPercent: (user + system) / 10 / (now - this.#at),
			rssBytes: process.memoryUsage.rss(),
		};
		this.#usage = process.cpuUsage();
		this.#at = now;
		return this.#cost;
	}
}
