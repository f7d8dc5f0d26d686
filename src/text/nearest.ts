/** What a misspelt word may have meant. */

/** The candidate with the fewest edits between, if they are few enough to be a slip; null: none. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
	const wanted = word.toLowerCase();
	let best: string | null = null;
	let fewest = Math.max(1, Math.floor(wanted.length * 0.4)) + 1;
	for (const candidate of candidates) {
		const lower = candidate.toLowerCase();
		// Half of a dotted name is a frequent way to write the whole.
		const isPart = wanted.length >= 3 && (lower.startsWith(wanted) || lower.endsWith(`.${wanted}`));
		const edits = isPart ? 1 : distance(wanted, lower);
		if (edits < fewest) {
			fewest = edits;
			best = candidate;
		}
	}
	return best;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function distance(a: string, b: string): number {
	if (Math.abs(a.length - b.length) > 12) return 13;
	let beforeLast: number[] = [];
	let last = Array.from({length: b.length + 1}, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const isSame = a[i - 1] === b[j - 1];
			let edits = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1));
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
				edits = Math.min(edits, (beforeLast[j - 2] ?? 0) + 1);
			}
			row.push(edits);
		}
		beforeLast = last;
		last = row;
	}
	return last[b.length] ?? 0;
}
