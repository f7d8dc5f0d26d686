/** The two text forms that Prometheus reads: its own 0.0.4, and OpenMetrics 1.0. */

export type MetricsFormat = 'text' | 'openmetrics';

export const CONTENT_TYPES: Readonly<Record<MetricsFormat, string>> = {
	text: 'text/plain; version=0.0.4; charset=utf-8',
	openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

export type Labels = Readonly<Record<string, string>>;
/** `suffix`: of a histogram's `_bucket`, `_sum` and `_count`. */
export type Sample = readonly [labels: Labels, value: number | null, suffix?: string];
export type Family = {
	readonly name: string;
	readonly type: 'gauge' | 'counter' | 'histogram';
	readonly help: string;
	readonly samples: readonly Sample[];
};

export function gauge(name: string, help: string, samples: readonly Sample[]): Family {
	return {name: `traefik_top_${name}`, type: 'gauge', help, samples};
}

export function counter(name: string, help: string, samples: readonly Sample[]): Family {
	return {...gauge(name, help, samples), type: 'counter'};
}

/** Counts of what took at most this many seconds; more is in the last one, +Inf. */
export type Histogram = {readonly counts: Float64Array; readonly sumSeconds: number};

/** Cumulative, as Prometheus takes quantiles of them; `bounds` in seconds, ascending. */
export function histogram(
	name: string,
	help: string,
	bounds: readonly number[],
	series: readonly (readonly [labels: Labels, histogram: Histogram])[],
): Family {
	const samples = series.flatMap(([labels, {counts, sumSeconds}]): Sample[] => {
		let below = 0;
		const buckets = [...counts].map((count, i): Sample => {
			below += count;
			const bound = bounds[i];
			const le = bound === undefined ? '+Inf' : Number.isInteger(bound) ? bound.toFixed(1) : String(bound);
			return [{...labels, le}, below, '_bucket'];
		});
		return [...buckets, [labels, sumSeconds, '_sum'], [labels, below, '_count']];
	});
	return {...gauge(name, help, samples), type: 'histogram'};
}

/**
Families without a known sample are left out. The forms differ in what a counter's family is called (OpenMetrics: without
`_total`) and in the end marker.
*/
export function formatFamilies(families: readonly Family[], format: MetricsFormat): string {
	const lines: string[] = [];
	for (const {name, type, help, samples} of families) {
		const known = samples.filter(([, value]) => value !== null);
		if (known.length === 0) continue;
		const sampleName = type === 'counter' ? `${name}_total` : name;
		const familyName = format === 'openmetrics' ? name : sampleName;
		lines.push(`# HELP ${familyName} ${help}`, `# TYPE ${familyName} ${type}`);
		for (const [labels, value, suffix = ''] of known) {
			lines.push(`${sampleName}${suffix}${labelText(labels)} ${numberText(value)}`);
		}
	}
	if (format === 'openmetrics') lines.push('# EOF');
	return `${lines.join('\n')}\n`;
}

/** To the millionth: no clock here knows a second better. */
function numberText(value: number | null): string {
	return String(Number(value?.toFixed(6)));
}

function labelText(labels: Labels): string {
	const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
	return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escaped(value: string): string {
	return value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
}
