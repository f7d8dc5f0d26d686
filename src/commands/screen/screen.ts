/** What the live view and the replay have in common: the screen's options, and how it ends. */
import {colorSetOf} from '../../colors.ts';
import type {Controls} from '../../ui/state/controls.ts';
import type {Playback} from '../../ui/state/playback.ts';
import type {Screen} from '../../ui/terminal/screen.ts';
import {startScreen} from '../../ui/terminal/start.tsx';
import type {Ending} from '../../ui/terminal/terminal.ts';
import {colorDepth, isAsciiTerminal} from '../../ui/terminal/theme.ts';
import type {Settings} from '../settings.ts';
import {saveView} from './save-view.ts';
import type {Terminal} from './terminal.ts';

export function openScreen(terminal: Terminal, settings: Settings, controls: Controls, playback: Playback): Screen {
	const {env} = process;
	return startScreen({
		...terminal,
		controls: {...controls, saveView: async (view) => saveView(settings.configPath, view)},
		table: settings.table,
		playback,
		depth: colorDepth(env, settings.isColorWanted),
		colors: {...settings.colors, set: colorSetOf(settings.colors, env['COLORFGBG'])},
		thresholds: settings.thresholds,
		isAscii: settings.isAscii || isAsciiTerminal(env),
		isCompact: settings.isCompact,
		hasMouse: settings.hasMouse,
		term: env['TERM'] ?? '',
		isTmux: (env['TMUX'] ?? '') !== '',
	});
}

/** 128 + the signal's number. */
const SIGNAL_CODES: Partial<Record<NodeJS.Signals, number>> = {SIGHUP: 129, SIGINT: 130, SIGTERM: 143};

export function exitCodeOf(ending: Ending): number {
	return ending.reason === 'quit' ? 0 : (SIGNAL_CODES[ending.signal] ?? 1);
}
