/** The screen as text, without a terminal. */
import {renderToString} from 'ink';
import {type Action, reduce} from '../../src/ui/state/reduce.ts';
import {INITIAL, type ScreenState} from '../../src/ui/state/state.ts';
import {type ColorDepth, newTheme} from '../../src/ui/terminal/theme.ts';
import {ScreenView} from '../../src/ui/views/app.tsx';
import {playback, type World} from './models.ts';

export type DrawOptions = {
	readonly columns?: number;
	readonly rows?: number;
	readonly depth?: ColorDepth;
	readonly isAscii?: boolean;
	readonly isCompact?: boolean;
};

/** What the screen shows after a look and some actions. */
export function after(world: World, ...actions: readonly Action[]): ScreenState {
	const tick: Action = {type: 'tick', shown: world, playback: playback({position: world.model.time})};
	return [tick, ...actions].reduce(reduce, INITIAL);
}

export function draw(state: ScreenState, options: DrawOptions = {}): string {
	const {columns = 100, rows = 30, depth = 0, isAscii = false, isCompact = false} = options;
	const theme = newTheme(depth, isAscii);
	return renderToString(<ScreenView {...{state, theme, isCompact, columns, rows}} />, {columns});
}

/** A key that changes the state alone, on a screen of this many lines. */
export function press(command: Extract<Action, {type: 'command'}>['command'], page = 20, count = 1000): Action {
	return {type: 'command', command, extent: {page, count}};
}
