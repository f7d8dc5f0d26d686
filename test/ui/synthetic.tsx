/** A process that shows the screen fed by synthetic ticks: what the terminal tests run on a PTY. */
import {stdin, stdout} from 'node:process';
import {parseArgs} from 'node:util';
import type {Controls} from '../../src/ui/state/controls.ts';
import {startScreen} from '../../src/ui/terminal/start.tsx';
import {colorDepth, isAsciiTerminal} from '../../src/ui/terminal/theme.ts';
import {NOW, playback, type World} from './models.ts';
import {crowd, empty, healthy, incident, unreadable} from './worlds.ts';

const {values} = parseArgs({
	options: {
		world: {type: 'string', default: 'incident'},
		ascii: {type: 'boolean', default: false},
		compact: {type: 'boolean', default: false},
		replay: {type: 'boolean', default: false},
		'no-color': {type: 'boolean', default: false},
		interval: {type: 'string', default: '1000'},
	},
});

const worlds: Record<string, (tick: number) => World> = {
	incident,
	healthy,
	empty,
	unreadable,
	crowd: (tick) => crowd(1000, tick),
	throwing: (tick) => {
		if (tick < 2) return incident(tick);
		return {...incident(tick), assessment: null as never};
	},
};
const make = worlds[values.world] ?? incident;
let tick = 0;
let state = playback(values.replay ? {mode: 'replay', host: 'lb1', from: NOW - 60_000, to: NOW + 60_000} : {});

const log = (...words: unknown[]) => {
	if (process.env['SYNTHETIC_LOG'] !== undefined) process.stderr.write(`${words.join(' ')}\n`);
};
const controls: Controls = {
	setInterval: (intervalMs) => show({intervalMs}),
	openBackend: (backend) => log('open', backend?.address ?? null),
	writeRecent: async () => 'wrote incident.capture',
	saveView: async (view) => `wrote ${JSON.stringify(view)}`,
	...(values.replay ? {} : {record}),
	seek: (time) => show({position: time, mode: values.replay ? state.mode : 'back'}),
	goLive: () => show({mode: 'live', position: NOW}),
	step: (direction) => show({position: (state.position ?? NOW) + direction * 1000}),
	play: () => show({mode: 'replay'}),
	pause: () => show({mode: 'paused'}),
	setSpeed: (speed) => show({speed}),
};
const screen = startScreen({
	stdin,
	stdout,
	controls,
	playback: state,
	depth: colorDepth(process.env, !values['no-color']),
	isAscii: values.ascii || isAsciiTerminal(process.env),
	isCompact: values.compact,
	term: process.env['TERM'] ?? '',
});

async function record(): Promise<string> {
	show({isRecorded: !state.isRecorded});
	return state.isRecorded ? 'recording into now.capture' : 'recorded: now.capture';
}

function show(part: Partial<typeof state>): void {
	state = {...state, ...part};
	screen.showPlayback(state);
}

function next(): void {
	const {model, assessment} = make(tick++);
	// A zone that Intl does not know makes a component throw.
	if (values.world === 'drawing' && tick > 2) state = {...state, zone: 'Nowhere/Land'};
	state = {
		...state,
		position: state.mode === 'live' ? model.time : state.position,
		to: Math.max(state.to ?? 0, model.time),
	};
	screen.show(model, assessment, state);
}

next();
const timer = setInterval(next, Number(values.interval));
const ending = await screen.exit;
clearInterval(timer);
stdin.unref();
console.log(`ended: ${ending.reason}${ending.reason === 'signal' ? ` ${ending.signal}` : ''}`);
process.exitCode = ending.reason === 'quit' ? 0 : 3;
