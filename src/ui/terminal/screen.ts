/** What a command that runs the screen gives and gets. */
import type {Colors} from '../../colors.ts';
import type {Assessment} from '../../detect/assessment.ts';
import type {Thresholds} from '../../detect/thresholds.ts';
import type {BackendSockets} from '../../fold/socket-row.ts';
import type {Model} from '../../model/model.ts';
import type {Controls} from '../state/controls.ts';
import type {Playback} from '../state/playback.ts';
import type {TableSettings} from '../state/table-settings.ts';
import type {Ending, Streams} from './terminal.ts';
import type {ColorDepth} from './theme.ts';

export type ScreenOptions = Streams & {
	readonly controls: Controls;
	/** How the table looks to begin with. */
	readonly table?: TableSettings;
	/** theme.ts: colorDepth(). */
	readonly depth: ColorDepth;
	/** Set and colours of the config; default: the dark set. */
	readonly colors?: Colors;
	readonly isAscii: boolean;
	readonly isCompact: boolean;
	/** $TERM. */
	readonly term: string;
	/** $TMUX is set. */
	readonly isTmux?: boolean;
	/** Where in time the screen is before the first tick. */
	readonly playback: Playback;
	readonly filter?: string;
	/** The mouse is listened to from the beginning. */
	readonly hasMouse?: boolean;
	/** Of the rules; default: the rules' own. */
	readonly thresholds?: Thresholds;
};

export type Screen = {
	/** One look: one commit, one frame. */
	show(model: Model, assessment: Assessment, playback: Playback): void;
	/** Between looks: a key was obeyed, a scan has finished. */
	showPlayback(playback: Playback): void;
	/** Rows of the open backend, given before the `show()` of the same look. */
	showRows(sockets: BackendSockets): void;
	/** A line in the footer for a few looks. */
	say(text: string): void;
	/** Takes the screen off; `exit` resolves. */
	close(): void;
	/** Resolves when the terminal is as it was before; rejects with the error of a component. */
	readonly exit: Promise<Ending>;
};
