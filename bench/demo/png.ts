/** An indexed PNG (https://www.w3.org/TR/png-3/): a third of the size of what canvas writes, which is always RGBA. */
import {crc32, deflateSync} from 'node:zlib';
import {Colors} from './colors.ts';
import type {Still} from './film.ts';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const INDEXED = 3;

export function encodePng({width, height, pixels}: Still): Buffer {
	const colors = new Colors();
	colors.count(pixels, null);
	const {palette, indexOf} = colors.choose(256);
	const head = Buffer.alloc(13);
	head.writeUInt32BE(width, 0);
	head.writeUInt32BE(height, 4);
	head.set([8, INDEXED, 0, 0, 0], 8);
	const lines = Buffer.alloc((width + 1) * height); // each begins with its filter: 0, none
	for (const [index, pixel] of pixels.entries()) {
		lines[index + Math.floor(index / width) + 1] = indexOf.get(pixel) ?? 0;
	}
	return Buffer.concat([
		SIGNATURE,
		chunk('IHDR', head),
		chunk('PLTE', Buffer.from(palette.flat())),
		chunk('IDAT', deflateSync(lines, {level: 9})),
		chunk('IEND', Buffer.alloc(0)),
	]);
}

function chunk(type: string, data: Buffer): Buffer {
	const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
	const out = Buffer.alloc(body.length + 8);
	out.writeUInt32BE(data.length, 0);
	body.copy(out, 4);
	out.writeUInt32BE(crc32(body), body.length + 4);
	return out;
}
