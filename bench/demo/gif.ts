/** A cast as an animated GIF: one global palette, and in each frame only the pixels that have changed. */
import gifenc from 'gifenc';
import type {Cast} from './cast.ts';
import {Colors, type Rgb} from './colors.ts';
import {type Film, type Frame, frames} from './film.ts';

/** The last index means: as before. */
const UNCHANGED = 255;
const KEEP = 1;

export type Gif = Film & {readonly frames: number; readonly bytes: Uint8Array};

export async function drawGif(cast: Cast, fontPx: number): Promise<Gif> {
	// Twice through the film: all frames at once would take a gigabyte.
	const colors = new Colors();
	const times: number[] = [];
	let before: Uint32Array | null = null;
	const film = await each(frames(cast, fontPx), ({atMs, pixels}) => {
		colors.count(pixels, before);
		times.push(atMs);
		before = pixels;
	});
	const {palette, indexOf} = colors.choose(UNCHANGED);
	const encoder = gifenc.GIFEncoder();
	before = null;
	let at = 0;
	await each(frames(cast, fontPx), ({atMs, pixels}) => {
		const untilMs = times[++at] ?? film.lengthMs;
		encoder.writeFrame(changes(pixels, before, indexOf), film.width, film.height, {
			...(before === null && {palette: padded(palette)}),
			delay: untilMs - atMs,
			transparent: before !== null,
			transparentIndex: UNCHANGED,
			dispose: KEEP,
			repeat: 0,
		});
		before = pixels;
	});
	encoder.finish();
	return {...film, frames: times.length, bytes: encoder.bytes()};
}

async function each(all: AsyncGenerator<Frame, Film>, take: (frame: Frame) => void): Promise<Film> {
	for (;;) {
		const {value, done} = await all.next();
		if (done) return value;
		take(value);
	}
}

function changes(pixels: Uint32Array, before: Uint32Array | null, indexOf: ReadonlyMap<number, number>): Uint8Array {
	const indices = new Uint8Array(pixels.length);
	for (const [index, pixel] of pixels.entries()) {
		indices[index] = before?.[index] === pixel ? UNCHANGED : (indexOf.get(pixel) ?? 0);
	}
	return indices;
}

/** A GIF's table has 2ⁿ entries, and the index of what is unchanged must be one of them. */
function padded(palette: readonly Rgb[]): Rgb[] {
	return [...palette, ...Array.from({length: 256 - palette.length}, (): Rgb => [0, 0, 0])];
}
