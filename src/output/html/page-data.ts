/** What the page's charts are drawn from, as data inside the page. Shared with the page's own script (src/page/). */
import type {Severity} from '../../detect/finding.ts';
import type {Metric} from '../../model/metric.ts';

export type ChartSeries = {
	/** A metric of the data. */
	readonly key: Metric;
	readonly label: string;
	/** The name of the page's CSS variable with its colour. */
	readonly color: string;
	/** `ms` has an axis of its own at the right. */
	readonly unit: 'count' | 'ms';
};

export type Chart = {readonly title: string; readonly series: readonly ChartSeries[]};

/** A number for every point, or one that holds for all of them; null: unknown. */
export type Values = number | null | readonly (number | null)[];

export type PageData = {
	/** Unix ms of point 0, and between a point and the next. */
	readonly from: number;
	readonly widthMs: number;
	/** Numbers of the points that are drawn, ascending. */
	readonly points: readonly number[];
	/** Places in `points` at which nothing was read, so that no curve goes on over a gap. */
	readonly holes: readonly number[];
	/** Each point has two values, the least and the most of its looks. */
	readonly isThinned: boolean;
	/** IANA name. */
	readonly zone: string;
	readonly charts: readonly Chart[];
	readonly backends: readonly {
		readonly metrics: Readonly<Record<string, Values>>;
		readonly findings: readonly Shade[];
	}[];
};

export type Shade = {readonly from: number; readonly to: number; readonly severity: Severity};
