import assert from 'node:assert/strict';
import {test} from 'node:test';
import {inflateSync} from 'node:zlib';
import {Colors} from '../../../bench/demo/colors.ts';
import {encodePng} from '../../../bench/demo/png.ts';
import {shapeOf} from '../../../bench/demo/shapes.ts';

const [RED, BLUE] = [0xff0000ff, 0xffff0000];

test('up to the limit, colours stay exact', () => {
	const colors = new Colors();
	colors.count(Uint32Array.of(RED, RED, BLUE), null);
	const {palette, indexOf} = colors.choose(2);
	assert.deepEqual(palette, [
		[255, 0, 0],
		[0, 0, 255],
	]);
	assert.deepEqual([indexOf.get(RED), indexOf.get(BLUE)], [0, 1]);
});

test('more colours than the palette holds become their nearest ones', () => {
	const colors = new Colors();
	const grays = Uint32Array.from({length: 256}, (_, level) => 0xff000000 + level * 0x010101);
	colors.count(grays, null);
	const {palette, indexOf} = colors.choose(64);
	assert.ok(palette.length <= 64);
	for (const gray of grays) {
		const [red] = palette[indexOf.get(gray) ?? -1] ?? [];
		assert.ok(red !== undefined && Math.abs(red - (gray & 255)) <= 16, `${gray & 255} became ${red}`);
	}
});

test('pixels that are as before do not count', () => {
	const colors = new Colors();
	colors.count(Uint32Array.of(RED, BLUE), Uint32Array.of(RED, RED));
	assert.deepEqual(colors.choose(2).palette, [[0, 0, 255]]);
});

test('a PNG holds its lines as indices of its palette', () => {
	const png = encodePng({name: 'x', width: 2, height: 2, pixels: Uint32Array.of(RED, RED, RED, BLUE)});
	assert.equal(png.readUInt32BE(16), 2);
	const data = png.indexOf('IDAT');
	const lines = inflateSync(png.subarray(data + 4, data + 4 + png.readUInt32BE(data - 4)));
	assert.deepEqual([...lines], [0, 0, 0, 0, 0, 1]);
	assert.deepEqual([...png.subarray(png.indexOf('PLTE') + 4, png.indexOf('PLTE') + 10)], [255, 0, 0, 0, 0, 255]);
});

const shapes: [character: string, cells: ReturnType<typeof shapeOf>][] = [
	['█', [[0, 0, 9, 20]]],
	['▄', [[0, 10, 9, 10]]],
	['▀', [[0, 0, 9, 10]]],
	['▌', [[0, 0, 5, 20]]],
	['⠀', []],
	['x', null],
];
for (const [character, expected] of shapes) {
	test(`the shape of “${character}” fills the cell as it should`, () => {
		assert.deepEqual(shapeOf(character, 9, 20), expected);
	});
}

test('a line meets the one in the next cell', () => {
	const across = shapeOf('─', 9, 20) ?? [];
	assert.equal(Math.min(...across.map(([x]) => x)), 0);
	assert.equal(Math.max(...across.map(([x, , width]) => x + width)), 9);
});
