/**
Whether a count is more than bad luck. Every real path loses a segment now and then, and of a handful of samples two or
three lost ones are a large share: what matters is how likely this many are on a path on which nothing is wrong.
*/

/** So unlikely must it be: rules look once a second, for days. */
const UNLIKELY = 0.001;
/** Beyond this mean the normal distribution is close enough, and its exponential would be 0. */
const MANY = 200;
const DEVIATIONS = 3.1;

/** Whether `count` of `of` are more than a healthy share of `usual` explains (the tail of the Poisson distribution). */
export function isBeyondChance(count: number, of: number, usual: number): boolean {
	const mean = Math.max(of, count) * usual;
	if (mean > MANY) return count > mean + DEVIATIONS * Math.sqrt(mean);
	let term = Math.exp(-mean);
	let below = 0;
	for (let k = 0; k < count; k++) {
		below += term;
		term *= mean / (k + 1);
	}
	return count > 0 && 1 - below < UNLIKELY;
}
