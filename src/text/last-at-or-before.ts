/** Index of the last of `count` ascending numbers that is not above `value`; -1: all are. `at` gives the number at an index. */
export function lastAtOrBefore(count: number, at: (index: number) => number, value: number): number {
	let low = 0;
	let high = count;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (at(middle) <= value) low = middle + 1;
		else high = middle;
	}
	return low - 1;
}
