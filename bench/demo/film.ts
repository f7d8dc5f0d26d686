/** Plays a cast through a terminal emulator: the frames of the film, and stills where they are marked. */
import xterm from '@xterm/headless';
import {type Cast, type FilmEvent, toFilm} from './cast.ts';
import {type Caption, Raster} from './raster.ts';

/** GIF counts in 1/100 s, and browsers slow down what is below 2. */
const STEP_MS = 80;
const KEY_SHOWN_MS = 900;
const LAST_FRAME_MS = 1000;

export type Frame = {readonly atMs: number; readonly pixels: Uint32Array};
export type Film = {readonly width: number; readonly height: number; readonly lengthMs: number};

type Screen = InstanceType<typeof xterm.Terminal>;

/** Each change of the picture, at most one per step. */
export async function* frames(cast: Cast, fontPx: number): AsyncGenerator<Frame, Film> {
	const events = toFilm(cast);
	const terminal = newScreen(cast);
	const raster = new Raster({...cast, fontPx, hasCaption: true});
	const lastMs = events.at(-1)?.atMs ?? 0;
	let said = '';
	let key: {readonly label: string; readonly untilMs: number} | null = null;
	let next = 0;
	let atMs = 0;
	for (; atMs <= lastMs + KEY_SHOWN_MS + STEP_MS; atMs += STEP_MS) {
		for (let event = events[next]; event !== undefined && event.atMs <= atMs; event = events[++next]) {
			await apply(terminal, event);
			if (event.mark?.kind === 'say') said = event.mark.text;
			if (event.mark?.kind === 'key') key = {label: event.mark.text, untilMs: event.atMs + KEY_SHOWN_MS};
		}
		if (terminal.modes.synchronizedOutputMode) continue; // half a screen
		const caption: Caption = {text: said, key: key !== null && key.untilMs > atMs ? key.label : null};
		if (raster.draw(terminal, caption)) yield {atMs, pixels: raster.pixels()};
	}
	terminal.dispose();
	return {width: raster.width, height: raster.height, lengthMs: atMs + LAST_FRAME_MS};
}

export type Still = {
	readonly name: string;
	readonly width: number;
	readonly height: number;
	readonly pixels: Uint32Array;
};

export async function* stills(cast: Cast, fontPx: number): AsyncGenerator<Still> {
	const terminal = newScreen(cast);
	for (const event of toFilm(cast)) {
		await apply(terminal, event);
		if (event.mark?.kind !== 'still') continue;
		const raster = new Raster({...cast, fontPx, hasCaption: false});
		raster.draw(terminal, null);
		yield {name: event.mark.text, width: raster.width, height: raster.height, pixels: raster.pixels()};
	}
	terminal.dispose();
}

function newScreen({columns, rows}: Cast): Screen {
	return new xterm.Terminal({cols: columns, rows, allowProposedApi: true, scrollback: 0});
}

async function apply(terminal: Screen, {output}: FilmEvent): Promise<void> {
	if (output !== null) await new Promise<void>((resolve) => terminal.write(output, resolve));
}
