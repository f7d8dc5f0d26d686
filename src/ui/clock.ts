/** Times of day for the screen. */
const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string): Intl.DateTimeFormat {
	const known = formats.get(zone);
	if (known !== undefined) return known;
	const made = new Intl.DateTimeFormat('sv-SE', {timeZone: zone, dateStyle: 'short', timeStyle: 'medium'});
	formats.set(zone, made);
	return made;
}

/** `2026-11-22 14:02:11`. */
export function dateTime(time: number, zone: string): string {
	return format(zone).format(time);
}

/** `14:02:11`. */
export function clockTime(time: number, zone: string): string {
	return dateTime(time, zone).slice(11);
}
