/** ` (why)` after something that could not be had, with what helps where it was for want of a right; nothing for no reason. */
export function withRemedy(why: string | null | undefined): string {
	if (why == null) return '';
	return /\b(EPERM|EACCES)\b/.test(why) ? ` (${why}: run as root)` : ` (${why})`;
}
