/** Numbers whose width is known beforehand, so that a column never jumps. */

const UNITS = ['', 'k', 'M', 'G', 'T'] as const;
const KIB_UNITS = ['B', 'K', 'M', 'G', 'T'] as const;

/** 1234567 → `1,234,567`. */
export function grouped(value: number): string {
	return Math.round(value)
		.toString()
		.replace(/\B(?=(\d{3})+$)/g, ',');
}

/**
A count in at most this many cells (3 or more): whole while it fits (`52`, `1,204`, `12345`), then with a unit
(`123k`, `1.2M`). null is `–`.
*/
export function count(value: number | null, cells = 5): string {
	if (value === null || Number.isNaN(value)) return '–';
	const whole = Math.round(value);
	const written = grouped(whole);
	if (written.length <= cells) return written;
	const bare = String(whole);
	if (bare.length <= cells) return bare;
	return scaled(whole, 1000, UNITS, cells);
}

/** A rate in at most this many cells: one decimal below 10. */
export function rate(value: number | null, cells = 5): string {
	if (value === null || Number.isNaN(value)) return '–';
	if (value > 0 && value < 0.05) return '<0.1';
	if (value < 9.95 && value % 1 !== 0) return value.toFixed(1).replace(/\.0$/, '');
	return count(value, cells);
}

/** Bytes in at most 5 cells: `0`, `999B`, `64K`, `1.5M`. */
export function bytes(value: number | null): string {
	if (value === null || Number.isNaN(value)) return '–';
	if (value === 0) return '0';
	return value < 1000 ? `${Math.round(value)}B` : scaled(value, 1024, KIB_UNITS, 5);
}

/** A share of 1 in at most 4 cells: `0%`, `0.4%`, `37%`, `100%`. */
export function percent(share: number | null): string {
	if (share === null || Number.isNaN(share)) return '–';
	const value = share * 100;
	return value > 0 && value < 9.95 && value % 1 !== 0
		? `${value.toFixed(1).replace(/\.0$/, '')}%`
		: `${Math.round(value)}%`;
}

function scaled(value: number, step: number, units: readonly string[], cells: number): string {
	let rest = value;
	let unit = 0;
	while (rest >= 999.5 && unit < units.length - 1) {
		rest /= step;
		unit++;
	}
	const decimal = `${rest.toFixed(1)}${units[unit]}`;
	return rest < 9.95 && decimal.length <= cells ? decimal : `${Math.round(rest)}${units[unit]}`;
}
