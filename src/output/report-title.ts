/** What a report is about, in a line: the incident, not the tool. */
import type {Finding, Severity} from '../detect/finding.ts';
import {plural} from '../text/plural.ts';
import {formatTime, zoneName} from '../text/time.ts';
import type {Report} from './report.ts';

const ORDER: Readonly<Record<Severity, number>> = {down: 0, degraded: 1, notice: 2};

/** `api-2 refused and 1 more finding, 2026-11-25 14:02:07 UTC, lb1`. */
export function titleOf(report: Report, zone: string): string {
	const {findings, hosts, from} = report;
	const host = hosts.length === 0 ? '' : `, ${hosts.slice(0, 3).join(', ')}${hosts.length > 3 ? ', …' : ''}`;
	const when = (time: number) => `${formatTime(time, zone)} ${zoneName(time, zone)}`;
	const alarms = findings.filter(({severity}) => severity !== 'notice');
	const [worst] = alarms.toSorted((a, b) => ORDER[a.severity] - ORDER[b.severity] || a.from - b.from);
	if (worst === undefined) return from === null ? 'No snapshots' : `No incident, ${when(from)}${host}`;
	const more = alarms.length === 1 ? '' : ` and ${plural(alarms.length - 1, 'more finding')}`;
	return `${subject(worst, report)} ${worst.rule}${more}, ${when(worst.from)}${host}`;
}

function subject({backend}: Finding, {names}: Report): string {
	return backend === null ? 'Traefik' : (names.get(backend) ?? backend);
}
