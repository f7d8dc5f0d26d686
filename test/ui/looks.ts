/** Looks and keys, one after another, through the reducer alone. */

import {type Action, reduce} from '../../src/ui/state/reduce.ts';
import {INITIAL, type ScreenState} from '../../src/ui/state/state.ts';
import {playback, type Spec, type World, world} from './models.ts';

export function look(state: ScreenState, shown: World, mode = playback()): ScreenState {
	return reduce(state, {type: 'tick', shown, playback: mode});
}

export function press(state: ScreenState, ...commands: Extract<Action, {type: 'command'}>['command'][]): ScreenState {
	return commands.reduce(
		(state, command) => reduce(state, {type: 'command', command, extent: {page: 5, count: 40}}),
		state,
	);
}

export function type(state: ScreenState, ...keys: string[]): ScreenState {
	return keys.reduce((state, key) => reduce(state, {type: 'prompt', key}), state);
}

export const names = (state: ScreenState) => state.order.map((key) => state.rows.get(key)?.backend.name);

/** Backends with this many established connections. */
export function counts(
	established: Readonly<Record<string, number>>,
	states: Readonly<Record<string, Spec['state']>> = {},
): World {
	const backends = Object.entries(established).map(([name, count], i): Spec => {
		const state = states[name];
		return {address: `10.0.0.${i}:80`, name, at: () => ({established: count}), ...(state === undefined ? {} : {state})};
	});
	return world({backends});
}

export const byEst = {...INITIAL, sortedBy: 'EST'};
