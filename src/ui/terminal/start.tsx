/** Puts the screen on a terminal and takes it off again, on every way out. */
import chalk from 'chalk';
import {type Instance, render, type SuspendTerminal} from 'ink';
import type {Assessment} from '../../detect/assessment.ts';
import {DEFAULT_THRESHOLDS} from '../../detect/thresholds.ts';
import type {BackendSockets} from '../../fold/socket-row.ts';
import type {Model} from '../../model/model.ts';
import {commandOf, type Outside, recordOf} from '../state/commands.ts';
import {layoutOf, type Size} from '../state/layout.ts';
import {MOUSE_OFF, MOUSE_ON, type MouseEvent, targetAt, withoutMouse} from '../state/mouse.ts';
import {openBackend, openKey} from '../state/open-backend.ts';
import type {Playback} from '../state/playback.ts';
import {type Action, reduce} from '../state/reduce.ts';
import {isNextAwaited, jumpOf, markRequest} from '../state/requests.ts';
import {INITIAL, type ScreenState} from '../state/state.ts';
import {fromSettings} from '../state/table-settings.ts';
import {firstZoom} from '../state/zoom.ts';
import {App} from '../views/app.tsx';
import {extentOf} from '../views/view-lines.ts';
import {inkOutput} from './ink-output.ts';
import {Painter} from './painter.ts';
import type {Screen, ScreenOptions} from './screen.ts';
import {CLEAR, copySequence, type Ending, onEnd, stopJob} from './terminal.ts';
import {TextSlots, TextSlotsContext} from './text-slots.tsx';
import {newTheme, type Theme} from './theme.ts';

export function startScreen(options: ScreenOptions): Screen {
	chalk.level = options.depth; // Ink's own: it would colour in spite of NO_COLOR
	return new TerminalScreen(options);
}

/** Lines that a notch of the wheel moves. */
const WHEEL_STEPS = 3;

/** Holds the one state there is; everything that happens goes through `#dispatch`, and each time draws at most once. */
class TerminalScreen implements Screen {
	readonly exit: Promise<Ending>;
	readonly #options: ScreenOptions;
	readonly #theme: Theme;
	readonly #ink: Instance;
	readonly #painter = new Painter();
	readonly #slots = new TextSlots(() => this.#schedule());
	/** What Ink laid out last. */
	#frame: string | null = null;
	/** The terminal shows our screen, not the one from before. */
	#isOurs = false;
	#isPaintDue = false;
	#state: ScreenState;
	readonly #listeners = new Set<() => void>();
	#ending: Ending = {reason: 'quit'};
	#isOver = false;
	/** `]` waits for the search of the recording. */
	#isNextAwaited = false;
	#suspendTerminal: SuspendTerminal | null = null;

	constructor(options: ScreenOptions) {
		const {
			stdin,
			stdout,
			depth,
			isAscii,
			colors,
			playback,
			filter = '',
			table = {},
			thresholds = DEFAULT_THRESHOLDS,
			hasMouse = false,
		} = options;
		this.#options = options;
		this.#theme = newTheme(depth, isAscii, colors);
		const first = fromSettings(table, firstZoom(playback.intervalMs));
		this.#state = {...INITIAL, playback, filter, thresholds, hasMouse, ...first};
		this.#ink = render(this.#app(), {
			stdin: withoutMouse(stdin, this.#point),
			stdout: inkOutput(stdout, {
				onFrame: (frame) => {
					this.#frame = frame;
					this.#schedule();
				},
				onScreen: (isOurs) => {
					this.#isOurs = isOurs;
					if (this.#state.hasMouse) stdout.write(isOurs ? MOUSE_ON : MOUSE_OFF);
					this.#painter.forget();
				},
			}),
			interactive: true,
			exitOnCtrlC: false,
			alternateScreen: true,
			// Every frame whole and at once, see inkOutput().
			debug: true,
		});
		const undo = onEnd({stdin, stdout}, this.#end);
		process.on('uncaughtExceptionMonitor', this.#leave);
		process.on('SIGTSTP', this.#stop);
		this.exit = this.#ink
			.waitUntilExit()
			.then(() => this.#ending)
			.finally(() => {
				this.#isOver = true;
				undo();
				process.off('uncaughtExceptionMonitor', this.#leave);
				process.off('SIGTSTP', this.#stop);
			});
	}

	show(model: Model, assessment: Assessment, playback: Playback): void {
		this.#dispatch({type: 'tick', shown: {model, assessment}, playback});
	}

	showPlayback(playback: Playback): void {
		this.#dispatch({type: 'playback', playback});
	}

	showRows(sockets: BackendSockets): void {
		const isNews = this.#state.sockets?.address !== sockets.address;
		// Else they are drawn with the look that they belong to, which follows.
		this.#dispatch({type: 'sockets', sockets}, isNews);
	}

	say(text: string): void {
		this.#dispatch({type: 'message', text});
	}

	close(): void {
		this.#end({reason: 'quit'});
	}

	#app() {
		const {isCompact} = this.#options;
		const store = {
			get: () => this.#state,
			subscribe: (listener: () => void) => {
				this.#listeners.add(listener);
				return () => this.#listeners.delete(listener);
			},
		};
		return (
			<TextSlotsContext value={this.#slots}>
				<App store={store} theme={this.#theme} isCompact={isCompact} onKey={this.#press} onMount={this.#mount} />
			</TextSlotsContext>
		);
	}

	/** Once for all that has changed in one turn: keys that come together make one frame. */
	#schedule(): void {
		if (this.#isPaintDue) return;
		this.#isPaintDue = true;
		queueMicrotask(() => this.#paint());
	}

	#paint(): void {
		const {stdout} = this.#options;
		this.#isPaintDue = false;
		if (this.#frame === null || this.#isOver || !this.#isOurs) return;
		const bytes = this.#painter.paint(this.#slots.fill(this.#frame), stdout.columns, stdout.rows);
		if (bytes !== '') stdout.write(bytes);
	}

	#dispatch(action: Action, isDrawn = true): void {
		if (this.#isOver) return;
		const before = this.#state;
		this.#state = reduce(before, action);
		// Rows cost the worker something: it sends those of the backend that is open, and none else.
		if (openKey(before) !== openKey(this.#state)) this.#options.controls.openBackend(openBackend(this.#state));
		if (isDrawn && this.#state !== before) for (const listener of this.#listeners) listener();
		this.#goOn();
	}

	/** `]` was pressed before the part with the next finding had been searched. */
	#goOn(): void {
		if (!this.#isNextAwaited || isNextAwaited(this.#state)) return;
		this.#isNextAwaited = false;
		const request = recordOf('findingNext').request?.(this.#state, ']') ?? null;
		if (request === null) this.say('no later finding');
		else request(this.#options.controls);
	}

	readonly #mount = (suspendTerminal: SuspendTerminal): void => {
		this.#suspendTerminal = suspendTerminal;
	};

	readonly #press = (key: string, size: Size): void => {
		if (this.#state.prompt !== null && key !== 'ctrl-c') {
			this.#type(key);
			return;
		}
		const command = commandOf(key);
		if (command === null) return;
		this.#isNextAwaited = command === 'findingNext' && isNextAwaited(this.#state);
		const {refusal, request, effect} = recordOf(command);
		const refused = refusal?.(this.#state, key) ?? null;
		if (refused !== null) {
			this.say(refused);
			return;
		}
		const asked = request?.(this.#state, key);
		const extent = extentOf(this.#state, this.#theme, size, this.#options.isCompact);
		this.#dispatch({type: 'command', command, extent});
		effect?.(this.#outside());
		asked?.(this.#options.controls);
	};

	#outside(): Outside {
		const {controls, stdout} = this.#options;
		return {
			state: this.#state,
			controls,
			say: (text) => this.say(text),
			tell: (outcome) => this.#tell(outcome),
			toClipboard: (text) => this.#toClipboard(text),
			listenToMouse: (isOn) => void stdout.write(isOn ? MOUSE_ON : MOUSE_OFF),
			redraw: () => this.#redraw(),
			suspend: this.#stop,
			close: () => this.close(),
		};
	}

	#type(key: string): void {
		const {prompt} = this.#state;
		if (prompt?.kind === 'mark' && key !== 'escape') {
			const request = markRequest(this.#state, key === 'enter' ? '' : key);
			this.#dispatch({type: 'prompt', key: 'enter'});
			if (request === null) this.say(`no mark ${key}`);
			else request(this.#options.controls);
			return;
		}
		const jump = key === 'enter' && this.#state.prompt?.kind === 'jump' ? jumpOf(this.#state) : null;
		if (jump !== null && 'problem' in jump) {
			this.#dispatch({type: 'promptProblem', problem: jump.problem});
			return;
		}
		this.#dispatch({type: 'prompt', key});
		if (jump === null) return;
		if (jump.note !== null) this.say(jump.note);
		jump.request?.(this.#options.controls);
	}

	#toClipboard(text: string): boolean {
		const {stdout, term} = this.#options;
		const isTmux = this.#options.isTmux === true || /^tmux/.test(term);
		stdout.write(copySequence(text, term, isTmux));
		return isTmux;
	}

	readonly #point = (event: MouseEvent): void => {
		const {isCompact, stdout} = this.#options;
		const size = {columns: stdout.columns, rows: stdout.rows};
		if (!this.#state.hasMouse || this.#state.prompt !== null) return;
		if (event.kind !== 'click') {
			for (let step = 0; step < WHEEL_STEPS; step++) this.#press(event.kind === 'wheelUp' ? 'up' : 'down', size);
			return;
		}
		const layout = layoutOf(this.#state, size, isCompact);
		const target = targetAt(this.#state, layout, size.columns, event);
		if (target === null) return;
		if (target.kind === 'time') this.#options.controls.seek(target.time);
		else this.#dispatch({type: 'click', target});
	};

	#tell(outcome: Promise<string>): void {
		outcome.then(
			(text) => this.say(text),
			(error: unknown) => this.say(error instanceof Error ? error.message : String(error)),
		);
	}

	#redraw(): void {
		this.#options.stdout.write(CLEAR);
		this.#painter.forget();
		this.#schedule();
	}

	readonly #stop = (): void => void this.#suspend();

	async #suspend(): Promise<void> {
		const suspension = await this.#suspendTerminal?.();
		// Our own handler would keep the signal from stopping us.
		process.off('SIGTSTP', this.#stop);
		await stopJob();
		if (!this.#isOver) process.on('SIGTSTP', this.#stop);
		await suspension?.resume();
	}

	readonly #end = (ending: Ending): void => {
		if (!this.#isOver) this.#ending = ending;
		this.#leave();
	};

	/** Also on an error anywhere else: the terminal must be back before Node prints the stack. */
	readonly #leave = (): void => {
		this.#isOver = true;
		this.#ink.unmount();
	};
}
