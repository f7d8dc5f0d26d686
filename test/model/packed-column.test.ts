import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {columnAt, packColumn} from '../../src/model/packed-column.ts';

test('packed columns hold every number exactly, unknown ones too', () => {
	const number = fc.oneof(fc.constant(Number.NaN), fc.integer(), fc.double(), fc.constant(0));
	fc.assert(
		fc.property(fc.array(number, {minLength: 1, maxLength: 90}), (numbers) => {
			const packed = packColumn(Float64Array.from(numbers));
			assert.deepEqual(
				numbers.map((_, i) => columnAt(packed, i)),
				numbers,
			);
		}),
	);
});

const packed: readonly (readonly [what: string, column: ReturnType<typeof packColumn>, expected: unknown])[] = [
	['the same number throughout is one number', packColumn(Float64Array.of(5, 5, 5)), 5],
	['nothing known is one NaN', packColumn(new Float64Array(3).fill(Number.NaN)), Number.NaN],
	['counts take four bytes each', packColumn(Float64Array.of(5, 6, Number.NaN)), Float32Array.of(5, 6, Number.NaN)],
	['what four bytes cannot hold takes eight', packColumn(Float64Array.of(0.1, 6)), Float64Array.of(0.1, 6)],
	['slots that are not used do not count', packColumn(Float32Array.of(7, Number.NaN, 7), [0, 2]), 7],
];
for (const [what, column, expected] of packed)
	test(`in a packed column, ${what}`, () => assert.deepEqual(column, expected));
