import {readFileSync} from 'node:fs';

const FILE = new URL('../../docs/prometheus/dashboard.json', import.meta.url);

type Dashboard = {
	readonly title: string;
	readonly panels: readonly {
		readonly id: number;
		readonly type: string;
		readonly title: string;
		readonly gridPos: {readonly x: number; readonly y: number; readonly w: number; readonly h: number};
		readonly targets?: readonly {readonly refId: string; readonly expr: string}[];
	}[];
	readonly templating: {readonly list: readonly {readonly name: string; readonly definition?: string}[]};
	readonly annotations: {readonly list: readonly {readonly expr: string}[]};
};

export function readDashboard(): Dashboard {
	return JSON.parse(readFileSync(FILE, 'utf8')) as Dashboard;
}

/** Of its panels and annotations, with Grafana's variables. */
export function dashboardQueries(): string[] {
	const {panels, annotations} = readDashboard();
	const targets = panels.flatMap(({targets: each = []}) => each);
	return [...targets, ...annotations.list].map(({expr}) => expr);
}

/** As Grafana would send it, with "All" chosen. */
export function filledIn(query: string): string {
	return query.replaceAll('$__rate_interval', '10s').replaceAll(/\$(job|traefik|backend)\b/g, '.*');
}
