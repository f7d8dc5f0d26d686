/** Of any number of values: Math.max(...values) fails from some 120,000 on. */

/** -Infinity of none, as Math.max() says. */
export function greatest(values: Iterable<number>): number {
	let most = Number.NEGATIVE_INFINITY;
	for (const value of values) most = Math.max(most, value);
	return most;
}

/** Infinity of none. */
export function least(values: Iterable<number>): number {
	let fewest = Number.POSITIVE_INFINITY;
	for (const value of values) fewest = Math.min(fewest, value);
	return fewest;
}
