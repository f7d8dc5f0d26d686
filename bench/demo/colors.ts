/** One palette for a picture or a whole film. */
import gifenc from 'gifenc';

export type Rgb = [red: number, green: number, blue: number];

/** The most frequent ones stay exact: flat areas, and the inside of letters. */
const EXACT_SHARE = 0.6;

export class Colors {
	readonly #counts = new Map<number, number>();

	/** Counts the pixels (0xAABBGGRR) that differ from those of the frame before. */
	count(pixels: Uint32Array, before: Uint32Array | null): void {
		for (const [index, pixel] of pixels.entries()) {
			if (before?.[index] !== pixel) this.#counts.set(pixel, (this.#counts.get(pixel) ?? 0) + 1);
		}
	}

	/** At most `most` colours, and which of them stands for a pixel. */
	choose(most: number): {palette: Rgb[]; indexOf: ReadonlyMap<number, number>} {
		const ordered = [...this.#counts].sort((a, b) => b[1] - a[1]);
		const exact = ordered.length <= most ? ordered : ordered.slice(0, Math.floor(most * EXACT_SHARE));
		const palette = exact.map(([pixel]) => rgb(pixel));
		const rest = ordered.slice(exact.length);
		if (rest.length > 0) {
			// A colour weighs as the logarithm of its frequency, so that the rare ones count.
			const weighted = rest.flatMap(([pixel, count]) =>
				new Array<number>(1 + Math.floor(Math.log2(count))).fill(pixel),
			);
			palette.push(...gifenc.quantize(new Uint8Array(new Uint32Array(weighted).buffer), most - palette.length));
		}
		const indexOf = new Map(
			ordered.map(([pixel], at) => [pixel, at < exact.length ? at : nearest(palette, rgb(pixel))]),
		);
		return {palette, indexOf};
	}
}

function rgb(pixel: number): Rgb {
	return [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
}

function nearest(palette: readonly Rgb[], [red, green, blue]: Rgb): number {
	let best = 0;
	let least = Number.POSITIVE_INFINITY;
	for (const [index, [r, g, b]] of palette.entries()) {
		const distance = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
		if (distance >= least) continue;
		least = distance;
		best = index;
	}
	return best;
}
