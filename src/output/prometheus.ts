/** What the exporter says of a look: the backends, what is wrong, and what saying it costs. */
import type {Assessment} from '../detect/assessment.ts';
import type {Model} from '../model/model.ts';
import {
	backendFamilies,
	connectionFamilies,
	endingFamilies,
	findingSamples,
	instanceFamilies,
	listenerFamilies,
	ownEndFamilies,
	shownBackends,
} from './prometheus-families.ts';
import {counter, type Family, formatFamilies, gauge, type Labels, type MetricsFormat} from './prometheus-text.ts';
import type {Totals} from './prometheus-totals.ts';

/** What exporting itself costs. */
type ExporterFacts = {
	readonly version: string;
	readonly cpuSeconds: number;
	readonly rssBytes: number;
	readonly startedAtSeconds: number;
	readonly scrapes: number;
	/** Between looks: now, and as it was asked for. */
	readonly intervalSeconds: number;
	readonly wantedIntervalSeconds: number;
	/** Since the newest look; null: none yet. */
	readonly ageSeconds: number | null;
};

export type MetricsInput = {
	/** null: nothing has been read yet. */
	readonly model: Model | null;
	readonly assessment: Assessment | null;
	readonly totals: Totals;
	readonly exporter: ExporterFacts;
	/** More backends of one instance are counted, not shown: those in the worst states come first. */
	readonly maxBackends: number;
};

export function metricsText(input: MetricsInput, format: MetricsFormat): string {
	return formatFamilies([...watchedFamilies(input), ...exporterFamilies(input)], format);
}

function watchedFamilies({model, assessment, totals, maxBackends}: MetricsInput): Family[] {
	if (model === null || assessment === null) return [];
	const {instances} = model;
	const shown = instances.flatMap((instance) => shownBackends(instance, assessment, maxBackends));
	return [
		...connectionFamilies(shown, totals),
		...endingFamilies(shown, totals),
		...backendFamilies(shown),
		...ownEndFamilies(shown),
		gauge('finding', 'Open findings: 1 while the rule says so.', findingSamples(assessment, shown)),
		...listenerFamilies(instances),
		...instanceFamilies(instances, maxBackends),
		counter(
			'findings_opened',
			'Findings that opened since the start.',
			[...totals.findings].map(([rule, {severity, count}]) => [{rule: rule.split(' ')[0] ?? '', severity}, count]),
		),
	];
}

function exporterFamilies({exporter}: MetricsInput): Family[] {
	const {version, cpuSeconds, rssBytes, startedAtSeconds, scrapes, ageSeconds} = exporter;
	const {intervalSeconds, wantedIntervalSeconds} = exporter;
	const one = (
		name: string,
		type: Family['type'],
		help: string,
		value: number | null,
		labels: Labels = {},
	): Family => ({
		name,
		type,
		help,
		samples: [[labels, value]],
	});
	return [
		one('traefik_top_snapshot_age_seconds', 'gauge', 'Age of the data above.', ageSeconds),
		one('traefik_top_interval_seconds', 'gauge', 'Time between readings.', intervalSeconds),
		one(
			'traefik_top_wanted_interval_seconds',
			'gauge',
			'Time between readings that was asked for: less than the other while readings take more than 10 % of it.',
			wantedIntervalSeconds,
		),
		one('traefik_top_scrapes', 'counter', 'Scrapes answered.', scrapes),
		one('traefik_top_build_info', 'gauge', 'The version of traefik-top.', 1, {version}),
		one('process_cpu_seconds', 'counter', 'CPU time of traefik-top.', cpuSeconds),
		one('process_resident_memory_bytes', 'gauge', 'Resident memory of traefik-top.', rssBytes),
		one('process_start_time_seconds', 'gauge', 'When traefik-top started, Unix time.', startedAtSeconds),
	];
}
