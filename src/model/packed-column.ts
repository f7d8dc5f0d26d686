/** A column of numbers on its way between threads: exact, in as few bytes as hold it. NaN: unknown. */

/** One number: each of them is that. */
export type PackedColumn = number | Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Its own memory, or one number where those of `used` (default: all) are the same; the others do not count. */
export function packColumn(
	values: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>,
	used: Iterable<number> = values.keys(),
): PackedColumn {
	let first: number | null = null;
	let isConstant = true;
	for (const i of used) {
		const value = values[i] ?? Number.NaN;
		first ??= value;
		if (Object.is(value, first)) continue;
		isConstant = false;
		break;
	}
	if (isConstant) return first ?? Number.NaN;
	if (values instanceof Float32Array) return values.slice();
	return values.every((value) => Object.is(Math.fround(value), value)) ? Float32Array.from(values) : values.slice();
}

export function columnAt(column: PackedColumn | undefined, i: number): number {
	return typeof column === 'number' ? column : (column?.[i] ?? Number.NaN);
}
