/** The table of `snapshot`, and of the live view if stdout is not a terminal. */

import type {Assessment, BackendAssessment} from '../detect/assessment.ts';
import {type Finding, GLYPHS, STATES, type State, severityGlyph} from '../detect/finding.ts';
import type {BackendModel, InstanceModel, Model} from '../model/model.ts';
import {MULTIPLEXED} from '../model/multiplexed.ts';
import {backendLabel} from '../text/backend-label.ts';
import {count, grouped, rate} from '../text/count.ts';
import {duration, shortDuration, uptime} from '../text/duration.ts';
import {fit, width, wrap} from '../text/fit.ts';
import {formatTime, zoneName} from '../text/time.ts';
import {instanceLabel, limitsOf} from './words.ts';

const COLUMNS = 80;

type Column = {
	readonly title: string;
	readonly cells: number;
	readonly value: (backend: BackendModel) => string;
};

const NUMBERS: readonly Column[] = [
	{title: 'EST', cells: 5, value: ({connections}) => count(connections.established)},
	{title: 'SYN', cells: 4, value: ({connections}) => count(connections.synSent, 4)},
	{title: 'TW', cells: 5, value: ({connections}) => count(connections.timeWait)},
	{title: 'CW', cells: 4, value: ({connections}) => count(connections.closeWait, 4)},
	{title: 'RESP', cells: 5, value: ({responseMs}) => shortDuration(responseMs?.p50 ?? null)},
	{title: 'WAIT', cells: 4, value: ({waiting}) => count(waiting, 4)},
];

/** One look as text, every line ended. `zone`: IANA name. */
export function plainTable(model: Model, assessment: Assessment, zone: string): string {
	const time = `${formatTime(model.time, zone)} ${zoneName(model.time, zone)}${model.isTimeAssumed ? ' (assumed)' : ''}`;
	const lines: string[] = [];
	if (model.instances.length === 0) lines.push(`traefik-top  ${time}`, model.problem ?? 'no Traefik');
	for (const instance of model.instances) {
		if (lines.length > 0) lines.push('');
		for (const line of instanceLines(instance, assessment, model, time)) lines.push(line);
	}
	return `${lines.join('\n')}\n`;
}

function instanceLines(instance: InstanceModel, assessment: Assessment, model: Model, time: string): string[] {
	const verdict = assessment.instances.get(instance.id);
	const startedAt = instance.instance.startedAt;
	const up = startedAt === null ? '' : ` · up ${uptime(model.time - startedAt)}`;
	const lines = [`traefik-top  ${instanceLabel(instance)}${up}  ${time}`];
	if (instance.problem === null) lines.push(totals(instance));
	else lines.push(`? unknown: ${instance.problem}`);
	if (verdict?.caveat) lines.push(...wrap(`? unknown: ${verdict.caveat}`, COLUMNS));
	const verdicts = verdict?.backends ?? new Map<string, BackendAssessment>();
	for (const limit of limitsOf(instance, model)) lines.push(...wrap(limit, COLUMNS));
	lines.push(tally(instance, verdicts));
	for (const row of table(instance, verdicts)) lines.push(row);
	const findings = [...(verdict?.findings ?? []), ...[...verdicts.values()].flatMap((each) => each.findings)];
	for (const finding of findings) lines.push(...findingLines(finding, instance, model.time));
	return lines;
}

function totals(instance: InstanceModel): string {
	const {clients, connections} = instance;
	return [
		`clients ${grouped(clients.established)} est`,
		`backends ${grouped(connections.established)} est  ${grouped(connections.timeWait)} tw  ${grouped(connections.closeWait)} cw`,
		`new ${perSecond(instance.openedPerSecond)}`,
		`refused ${perSecond(instance.refusedPerSecond)}`,
		`retrans ${perSecond(instance.retransmittedPerSecond)}`,
	].join('   ');
}

function perSecond(value: number | null): string {
	return value === null ? '–' : `${rate(value)}/s`;
}

function tally({backends}: InstanceModel, verdicts: ReadonlyMap<string, BackendAssessment>): string {
	const parts: string[] = [];
	for (const state of STATES) {
		const many = backends.filter(({address}) => stateOf(address, verdicts) === state).length;
		if (many > 0) parts.push(`${GLYPHS[state]} ${many} ${state}`);
	}
	return parts.length === 0 ? 'no backend seen yet' : parts.join('  ');
}

function stateOf(address: string, verdicts: ReadonlyMap<string, BackendAssessment>): State {
	return verdicts.get(address)?.state ?? 'unknown';
}

function table({backends, problem}: InstanceModel, verdicts: ReadonlyMap<string, BackendAssessment>): string[] {
	if (backends.length === 0) return [];
	const cells = Math.max(21, ...backends.map((backend) => width(backendLabel(backend))));
	const head = NUMBERS.map(({title, cells: wide}) => title.padStart(wide)).join(' ');
	const rank = ({address}: BackendModel) => STATES.indexOf(stateOf(address, verdicts));
	const sorted = [...backends].sort((a, b) => rank(a) - rank(b) || compare(a, b));
	const rows = sorted.map((backend) => {
		const verdict = verdicts.get(backend.address);
		const state = stateOf(backend.address, verdicts);
		const numbers = NUMBERS.map((column) => fit(problem === null ? column.value(backend) : '–', column.cells, 'right'));
		const rules = verdict?.findings.map(({rule}) => rule).join(', ') || (verdict?.caveat ?? noteOf(backend));
		const row = `${fit(`${GLYPHS[state]} ${state}`, 10)} ${fit(backendLabel(backend), cells)} ${numbers.join(' ')}  ${rules}`;
		return row.trimEnd();
	});
	return [`${'STATE'.padEnd(10)} ${'BACKEND'.padEnd(cells)} ${head}  WHY`, ...rows];
}

/** What is worth a word although nothing is wrong. */
function noteOf({isMultiplexed, role}: BackendModel): string {
	return isMultiplexed ? MULTIPLEXED : (role ?? '');
}

function compare(a: BackendModel, b: BackendModel): number {
	return backendLabel(a).localeCompare(backendLabel(b), 'en', {numeric: true});
}

function findingLines(finding: Finding, instance: InstanceModel, time: number): string[] {
	const backend = instance.backends.find(({address}) => address === finding.backend);
	const where = backend === undefined ? 'traefik' : backendLabel(backend);
	const since = time - finding.evidence.began >= 1000 ? ` for ${duration(time - finding.evidence.began)}` : '';
	const head = `${severityGlyph(finding.severity)} ${where} ${finding.rule}${since}: ${finding.message}`;
	return [...wrap(head, COLUMNS), ...wrap(finding.hint, COLUMNS - 4).map((line) => `    ${line}`)];
}
