/** Puts the screen on a terminal and takes it off again, on every way out. */
import chalk from 'chalk';
import {render, type SuspendTerminal} from 'ink';
import type {Assessment} from '../detect/assessment.ts';
import type {Model} from '../model/model.ts';
import {App} from './app.tsx';
import type {Controls} from './controls.ts';
import {commandOf} from './keys.ts';
import type {Size} from './layout.ts';
import type {Playback} from './playback.ts';
import {jumpOf, requestOf} from './requests.ts';
import {rowText} from './row-text.ts';
import {currentRow, INITIAL, type State} from './screen-state.ts';
import type {OpenSockets} from './sockets.ts';
import {type Action, reduce} from './state.ts';
import {CLEAR, copySequence, type Ending, onEnd, type Streams, stopJob} from './terminal.ts';
import {type ColorDepth, newTheme} from './theme.ts';
import {extentOf} from './view-lines.ts';

export type ScreenOptions = Streams & {
	readonly controls: Controls;
	/** theme.ts: colorDepth(). */
	readonly depth: ColorDepth;
	readonly isAscii: boolean;
	readonly isCompact: boolean;
	/** $TERM. */
	readonly term: string;
	/** Where the screen stands before the first tick. */
	readonly playback: Playback;
	readonly filter?: string;
};

export type Screen = {
	/** One look: one commit, one frame. */
	show(model: Model, assessment: Assessment, playback: Playback): void;
	/** Between looks: a key was obeyed, a scan has finished. */
	showPlayback(playback: Playback): void;
	/** Rows of the open backend, given before the `show()` of the same look. */
	showRows(sockets: OpenSockets): void;
	/** A line in the footer for a few looks. */
	say(text: string): void;
	/** Takes the screen off; `exit` resolves. */
	close(): void;
	/** Resolves when the terminal is as it was before; rejects with the error of a component. */
	readonly exit: Promise<Ending>;
};

export function startScreen(options: ScreenOptions): Screen {
	const {controls, stdin, stdout, isCompact} = options;
	chalk.level = options.depth; // Ink's own: it would colour in spite of NO_COLOR
	const theme = newTheme(options.depth, options.isAscii);
	let state: State = {...INITIAL, playback: options.playback, filter: options.filter ?? ''};
	let ending: Ending = {reason: 'quit'};
	let suspendTerminal: SuspendTerminal | null = null;

	const onMount = (suspend: SuspendTerminal) => {
		suspendTerminal = suspend;
	};
	const app = () => <App {...{state, theme, isCompact, onKey, onMount}} />;
	const dispatch = (action: Action, isDrawn = true) => {
		const before = state;
		state = reduce(state, action);
		if (before.screen !== state.screen) openBackend(controls, state);
		if (isDrawn && state !== before) screen.rerender(app());
	};
	const close = (how: Ending) => {
		ending = how;
		screen.unmount();
	};
	const suspend = async () => {
		const suspension = await suspendTerminal?.();
		process.off('SIGTSTP', onStop);
		await stopJob();
		process.on('SIGTSTP', onStop);
		await suspension?.resume();
	};
	const onStop = () => void suspend();
	const write = (command: string) => {
		if (command === 'redraw') {
			stdout.write(CLEAR);
			screen.clear();
			screen.rerender(app());
		} else if (command === 'copy') {
			const row = currentRow(state);
			if (row === null) return;
			stdout.write(copySequence(rowText(row), options.term));
			dispatch({type: 'message', text: `copied: ${rowText(row)}`});
		} else if (command === 'write') {
			dispatch({type: 'message', text: 'writing the last 15 minutes …'});
			controls.writeRecent().then(
				(text) => dispatch({type: 'message', text}),
				(error: unknown) => dispatch({type: 'message', text: error instanceof Error ? error.message : String(error)}),
			);
		}
	};

	function onKey(key: string, size: Size): void {
		if (state.prompt !== null && key !== 'ctrl-c') {
			onPromptKey(key);
			return;
		}
		const command = commandOf(key);
		if (command === null) return;
		if (command === 'quit') close({reason: 'quit'});
		else if (command === 'suspend') onStop();
		else {
			const request = requestOf(state, command, key);
			dispatch({type: 'command', command, extent: extentOf(state, theme, size, isCompact)});
			write(command);
			request?.(controls);
		}
	}

	function onPromptKey(key: string): void {
		const jump = key === 'enter' && state.prompt?.kind === 'jump' ? jumpOf(state) : null;
		if (jump !== null && 'problem' in jump) {
			dispatch({type: 'promptProblem', problem: jump.problem});
			return;
		}
		dispatch({type: 'prompt', key});
		if (jump === null) return;
		if (jump.note !== null) dispatch({type: 'message', text: jump.note});
		jump.request?.(controls);
	}

	const screen = render(app(), {
		stdin,
		stdout,
		interactive: true,
		exitOnCtrlC: false,
		alternateScreen: true,
		incrementalRendering: true,
		maxFps: 60,
	});
	const undo = onEnd({stdin, stdout}, close);
	// An error anywhere else: the terminal must be back before Node prints the stack.
	const onCrash = () => screen.unmount();
	process.on('uncaughtExceptionMonitor', onCrash);
	process.on('SIGTSTP', onStop);
	const exit = screen
		.waitUntilExit()
		.then(() => ending)
		.finally(() => {
			undo();
			process.off('uncaughtExceptionMonitor', onCrash);
			process.off('SIGTSTP', onStop);
		});

	return {
		show: (model, assessment, playback) => dispatch({type: 'tick', shown: {model, assessment}, playback}),
		showPlayback: (playback) => dispatch({type: 'playback', playback}),
		showRows: (sockets) => dispatch({type: 'sockets', sockets}, state.sockets?.address !== sockets.address),
		say: (text) => dispatch({type: 'message', text}),
		close: () => close({reason: 'quit'}),
		exit,
	};
}

/** Rows cost the worker something: it sends those of the backend that is open, and none else. */
function openBackend(controls: Controls, {screen}: State): void {
	const open = screen.view === 'help' ? screen.from : screen;
	if (open.view !== 'backend') controls.openBackend(null);
	else {
		const at = open.key.indexOf(' ');
		controls.openBackend({instance: open.key.slice(0, at), address: open.key.slice(at + 1)});
	}
}
