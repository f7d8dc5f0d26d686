/** docs/detection.md, from the measurements of api-poll.ts. */
import os from 'node:os';

export const CHECKS = ['no check', '5s', '30s'] as const;

export type Cost = {
	readonly who: string;
	/** Percent of one core; null: there is no such process. */
	readonly ownCpu: number | null;
	/** MB of private memory. */
	readonly memory: number | null;
	readonly traefikCpu: number;
};
export type Race = {
	readonly fault: string;
	readonly about: string;
	readonly ours: {readonly afterMs: number; readonly rule: string; readonly severity: string} | null;
	/** By CHECKS: ms until the API said DOWN; null: it never did. */
	readonly apiMs: readonly (number | null)[];
	readonly metricsMs: number | null;
	readonly users: {readonly failedPercent: number; readonly p95Ms: number | null};
};
export type Terms = {readonly rate: number; readonly faultMs: number; readonly costMs: number};

export function costTable(costs: readonly Cost[]): string {
	const number = (value: number | null, unit: string) => (value === null ? '–' : `${value.toFixed(1)} ${unit}`);
	return table(
		['who watches', 'its CPU (of one core)', 'its private memory', "Traefik's CPU meanwhile"],
		costs.map(({who, ownCpu, memory, traefikCpu}) => [
			who,
			number(ownCpu, '%'),
			number(memory, 'MB'),
			number(traefikCpu, '%'),
		]),
	);
}

export function raceTable(races: readonly Race[]): string {
	return table(
		['fault', 'traefik-top', 'API, no check', 'API, 5 s check', 'API, 30 s check', 'metrics', 'users meanwhile'],
		races.map(({fault, about, ours, apiMs, metricsMs, users}) => [
			`\`${fault}\`: ${about}`,
			ours === null ? 'not found' : `${delay(ours.afterMs)} ${ours.rule} (${ours.severity})`,
			...apiMs.map(delay),
			delay(metricsMs),
			`${users.failedPercent} % failed, p95 ${duration(users.p95Ms)}`,
		]),
	);
}

export function page(costs: readonly Cost[], races: readonly Race[], {rate, faultMs, costMs}: Terms): string {
	return `# How soon, and for how much

Made by \`node bench/api-poll.ts --write\`; do not edit. Linux ${os.release()}, ${os.cpus().length} cores, three backends that answer in 20 ms,
${rate} requests a second, a fault of ${faultMs / 1000} s on one backend (\`npm run lab -- FAULT\` shows each on the screen).

## From the fault to knowing it

The time until traefik-top's first finding (down or degraded; its looks are 1 s apart); until Traefik's API calls the server
DOWN (asked 4 times a second) for three services on the same servers: without a health check, with one of 5 s and of 30 s;
and until the metrics show it (asked once a second: more than 1 % failed, or answers three times as slow as before; they
name the service, never the server). "Users meanwhile" are all requests during the fault, those to the good backends
included. All of a row comes from one run; the probes of both checks go to the same backends, too.

${raceTable(races)}

"never": not within the ${faultMs / 1000} s.

## What it costs

Each watches once a second for ${costMs / 1000} s under the same load, one after the other.

${costTable(costs)}
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
	return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function delay(ms: number | null): string {
	return ms === null ? 'never' : `+${(ms / 1000).toFixed(1)} s`;
}

function duration(ms: number | null): string {
	if (ms === null) return '–';
	return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
