/** Lengths of time, for a column (`24ms`, `3d 4h`) and for a sentence (`74 s`, `3 d 4 h`). */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** In at most 5 cells: `0ms`, `24ms`, `3.0s`, `74s`, `15m`, `3h`, `12d`; null is `–`. */
export function shortDuration(ms: number | null): string {
	if (ms === null || Number.isNaN(ms)) return '–';
	if (ms < 999.5) return `${Math.round(ms)}ms`;
	if (ms < 9.95 * SECOND) return `${(ms / SECOND).toFixed(1)}s`;
	if (ms < 119.5 * SECOND) return `${Math.round(ms / SECOND)}s`;
	if (ms < 2 * HOUR) return `${Math.floor(ms / MINUTE)}m`;
	if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)}h`;
	return `${Math.floor(ms / DAY)}d`;
}

/** For a sentence: `24 ms`, `4 s`, `74 s`, `12 min`, `3 h 4 min`, `3 d 4 h`; null is `–`. */
export function duration(ms: number | null): string {
	if (ms === null || Number.isNaN(ms)) return '–';
	if (ms < 999.5) return `${Math.round(ms)} ms`;
	if (ms < 9.95 * SECOND && Math.round(ms / 100) % 10 !== 0) return `${(ms / SECOND).toFixed(1)} s`;
	if (ms < 119.5 * SECOND) return `${Math.round(ms / SECOND)} s`;
	if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
	if (ms < DAY) return pair(Math.floor(ms / HOUR), 'h', Math.floor((ms % HOUR) / MINUTE), 'min');
	return pair(Math.floor(ms / DAY), 'd', Math.floor((ms % DAY) / HOUR), 'h');
}

/** How long something has been up, in at most 7 cells: `47s`, `12m`, `3h 4m`, `3d 4h`, `412d`. */
export function uptime(ms: number): string {
	if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))}s`;
	if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`;
	if (ms < DAY) return `${Math.floor(ms / HOUR)}h ${Math.floor((ms % HOUR) / MINUTE)}m`;
	const days = Math.floor(ms / DAY);
	return days < 100 ? `${days}d ${Math.floor((ms % DAY) / HOUR)}h` : `${days}d`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
	return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
