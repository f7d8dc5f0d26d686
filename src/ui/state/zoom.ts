/** How much of the past the table, the detail view and their graphs show. */
export const ZOOMS = [60_000, 300_000, 900_000] as const;
export type Zoom = (typeof ZOOMS)[number];

/** The next longer or shorter one; after the last comes the first. */
export function zoomBy(zoom: Zoom, by: 1 | -1): Zoom {
	return ZOOMS[(ZOOMS.indexOf(zoom) + by + ZOOMS.length) % ZOOMS.length] ?? zoom;
}

/** For a heading: `60s`, `5m`, `15m`. */
export function zoomLabel(zoom: Zoom): string {
	return zoom === 60_000 ? '60s' : `${zoom / 60_000}m`;
}

/** With readings further apart than this, 60 s would be a handful of bars. */
const SLOW_INTERVAL_MS = 2500;

/** What to begin with: readings that lie far apart fill a longer span. */
export function firstZoom(intervalMs: number | null): Zoom {
	return intervalMs !== null && intervalMs > SLOW_INTERVAL_MS ? 900_000 : 60_000;
}
