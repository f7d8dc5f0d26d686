/** Looks and keys, one after another, through the reducer alone. */

import {type Action, reduce} from '../../src/ui/state/reduce.ts';
import {INITIAL, type State} from '../../src/ui/state/state.ts';
import {playback, type Spec, type World, world} from './models.ts';

export function look(state: State, shown: World, mode = playback()): State {
	return reduce(state, {type: 'tick', shown, playback: mode});
}

export function press(state: State, ...commands: Extract<Action, {type: 'command'}>['command'][]): State {
	return commands.reduce(
		(state, command) => reduce(state, {type: 'command', command, extent: {page: 5, count: 40}}),
		state,
	);
}

export function type(state: State, ...keys: string[]): State {
	return keys.reduce((state, key) => reduce(state, {type: 'prompt', key}), state);
}

export const names = (state: State) => state.order.map((key) => state.rows.get(key)?.backend.name);

/** Backends with so many established connections. */
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
