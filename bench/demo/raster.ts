/** Draws a terminal's cells, and a line below them, on a canvas. */
import {existsSync} from 'node:fs';
import {type Canvas, createCanvas, GlobalFonts, type SKRSContext2D} from '@napi-rs/canvas';
import type {IBufferCell, Terminal} from '@xterm/headless';
import {BACKGROUND, cellColors, css, FOREGROUND, STRIP, STRIP_TEXT} from './palette.ts';
import {shapeOf} from './shapes.ts';

const FONTS: readonly (readonly [family: string, file: string, debianPackage: string])[] = [
	['mono', '/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-Regular.ttf', 'fonts-jetbrains-mono'],
	['mono-bold', '/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-Bold.ttf', 'fonts-jetbrains-mono'],
	['symbols', '/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf', 'fonts-dejavu-core'],
];

/** Why nothing can be drawn here, and what to install; null: it can. */
export function whyNoFonts(): string | null {
	const missing = FONTS.find(([, file]) => !existsSync(file));
	return missing === undefined ? null : `the pictures need ${missing[1]}: apt-get install ${missing[2]}`;
}

function loadFonts(): void {
	for (const [family, file] of FONTS) if (!GlobalFonts.has(family)) GlobalFonts.registerFromPath(file, family);
}

/** What is below the terminal. */
export type Caption = {readonly text: string; readonly key: string | null};

export type RasterOptions = {
	readonly columns: number;
	readonly rows: number;
	/** A multiple of 5 gives cells of whole pixels: JetBrains Mono is 0.6 wide. */
	readonly fontPx: number;
	readonly hasCaption: boolean;
};

export class Raster {
	readonly width: number;
	readonly height: number;
	readonly #options: RasterOptions;
	readonly #cell: {readonly width: number; readonly height: number; readonly baseline: number};
	readonly #padding: number;
	readonly #canvas: Canvas;
	readonly #context: SKRSContext2D;
	/** What each line shows, to draw only what has changed. */
	readonly #drawn: string[] = [];

	constructor(options: RasterOptions) {
		loadFonts();
		const {columns, rows, fontPx, hasCaption} = options;
		const height = Math.round(fontPx * 1.3);
		this.#options = options;
		this.#cell = {width: Math.round(fontPx * 0.6), height, baseline: Math.round(height / 2 + fontPx * 0.36)};
		this.#padding = Math.round(fontPx * 0.6);
		this.width = columns * this.#cell.width + 2 * this.#padding;
		this.height = rows * height + 2 * this.#padding + (hasCaption ? Math.round(height * 1.6) : 0);
		this.#canvas = createCanvas(this.width, this.height);
		this.#context = this.#canvas.getContext('2d');
		this.#context.textBaseline = 'alphabetic';
		this.#fill(BACKGROUND, 0, 0, this.width, this.height);
	}

	/** Whether anything has changed. */
	draw(terminal: Terminal, caption: Caption | null): boolean {
		const {columns, rows} = this.#options;
		const {active} = terminal.buffer;
		let hasChanged = false;
		for (let row = 0; row < rows; row++) {
			const line = active.getLine(active.baseY + row);
			const cells = Array.from({length: columns}, (_, column) => line?.getCell(column));
			const key = cells.map(fingerprint).join('');
			if (key === this.#drawn[row]) continue;
			this.#drawn[row] = key;
			hasChanged = true;
			this.#drawLine(cells, this.#padding + row * this.#cell.height);
		}
		const said = `${caption?.text}\n${caption?.key}`;
		if (!this.#options.hasCaption || said === this.#drawn[rows]) return hasChanged;
		this.#drawn[rows] = said;
		this.#drawCaption(caption);
		return true;
	}

	/** One number per pixel, 0xAABBGGRR. */
	pixels(): Uint32Array {
		const {data} = this.#context.getImageData(0, 0, this.width, this.height);
		return new Uint32Array(data.buffer, data.byteOffset, data.length / 4);
	}

	#drawLine(cells: readonly (IBufferCell | undefined)[], y: number): void {
		const {width, height} = this.#cell;
		const x = (column: number) => this.#padding + column * width;
		for (const [column, cell] of cells.entries()) {
			this.#fill(cell === undefined ? BACKGROUND : cellColors(cell).background, x(column), y, width, height);
		}
		for (const [column, cell] of cells.entries()) {
			const text = cell?.getChars() ?? '';
			if (cell === undefined || cell.getWidth() === 0 || text.trim() === '' || cell.isInvisible()) continue;
			this.#drawCell(text, cellColors(cell).foreground, cell.isBold() !== 0, x(column), y, cell.getWidth());
		}
	}

	#drawCell(text: string, color: number, isBold: boolean, x: number, y: number, cells: number): void {
		const {width, height, baseline} = this.#cell;
		const shape = shapeOf(text, width, height);
		if (shape !== null) {
			for (const [left, top, wide, high] of shape) this.#fill(color, x + left, y + top, wide, high);
			return;
		}
		this.#context.save();
		this.#context.beginPath();
		this.#context.rect(x, y, width * cells, height);
		this.#context.clip();
		this.#write(text, color, isBold, x, y + baseline);
		this.#context.restore();
	}

	#drawCaption(caption: Caption | null): void {
		const {width, height, baseline} = this.#cell;
		const top = this.#options.rows * height + 2 * this.#padding;
		const high = this.height - top;
		const y = top + ((high - height) >> 1);
		this.#fill(STRIP, 0, top, this.width, high);
		this.#write(caption?.text ?? '', STRIP_TEXT, true, this.#padding + width, y + baseline);
		const key = caption?.key ?? null;
		if (key === null) return;
		const wide = (key.length + 2) * width;
		const x = this.width - this.#padding - width - wide;
		this.#fill(FOREGROUND, x, y, wide, height);
		this.#write(key, BACKGROUND, true, x + width, y + baseline);
	}

	#write(text: string, color: number, isBold: boolean, x: number, y: number): void {
		this.#context.fillStyle = css(color);
		this.#context.font = `${this.#options.fontPx}px ${isBold ? 'mono-bold' : 'mono'}, symbols`;
		this.#context.fillText(text, x, y);
	}

	#fill(color: number, x: number, y: number, width: number, height: number): void {
		this.#context.fillStyle = css(color);
		this.#context.fillRect(x, y, width, height);
	}
}

function fingerprint(cell: IBufferCell | undefined): string {
	if (cell === undefined) return '\n';
	const {foreground, background} = cellColors(cell);
	return `${cell.getChars()}\t${foreground}\t${background}\t${cell.isBold()}${cell.isInvisible()}\n`;
}
