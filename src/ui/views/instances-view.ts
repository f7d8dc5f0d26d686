/** Every Traefik that is watched, as lines: what it is, what is wrong with it, its listeners. */

import type {InstanceAssessment} from '../../detect/assessment.ts';
import {severityGlyph} from '../../detect/finding.ts';
import type {InstanceModel} from '../../model/model.ts';
import type {Snapshot} from '../../snapshot.ts';
import {grouped} from '../../text/count.ts';
import {uptime} from '../../text/duration.ts';
import {fit} from '../../text/fit.ts';
import {plural} from '../../text/plural.ts';
import type {ScreenState} from '../state/state.ts';
import {severityRole, stateLabel, type Theme} from '../terminal/theme.ts';
import {emptyLines} from './empty-view.ts';
import {flow, line, type Piece, wordsOf} from './pieces.ts';

export function instancesLines(
	state: ScreenState,
	place: number,
	theme: Theme,
	cells: number,
	lines: number,
): string[] {
	const {shown} = state;
	if (shown === null || shown.model.instances.length === 0) return emptyLines(state, theme, cells);
	const {model, assessment} = shown;
	const blocks = model.instances.map((instance, row) =>
		instanceLines(instance, assessment.instances.get(instance.id), model.time, row === place, theme, cells),
	);
	const before = blocks.slice(0, place).flat().length;
	const all = blocks.flat();
	const height = blocks[place]?.length ?? 1;
	const top = Math.max(0, Math.min(before, Math.max(before + height - lines, all.length - lines)));
	return all.slice(top, top + lines);
}

/** To below the instance's id. */
const INDENT = ' '.repeat(12);

const ROW_SOURCES: Readonly<Record<Snapshot['rowSource'], string>> = {
	netlink: 'read through netlink',
	text: 'read from the text tables',
	'text+ss': 'read from the text tables and ss',
};
const ATTRIBUTIONS: Readonly<Record<Snapshot['attribution'], string>> = {
	namespace: 'alone in its network namespace',
	descriptors: 'sockets attributed by descriptors',
	assumed: 'socket ownership unknown',
};

function instanceLines(
	instance: InstanceModel,
	verdict: InstanceAssessment | undefined,
	time: number,
	isSelected: boolean,
	theme: Theme,
	cells: number,
): string[] {
	const {id, problem, snapshot, backends, connections, listeners} = instance;
	const {via, netns, startedAt} = instance.instance;
	const state = verdict?.state ?? 'unknown';
	const facts = [
		via === null ? null : `via ${via}`,
		startedAt === null ? null : `up ${uptime(Math.max(0, time - startedAt))}`,
		ROW_SOURCES[snapshot.rowSource],
		ATTRIBUTIONS[snapshot.attribution],
		snapshot.foreignRows > 0 ? `${plural(snapshot.foreignRows, 'row')} of others` : null,
		snapshot.openFiles === null
			? null
			: `descriptors ${grouped(snapshot.openFiles.open)} of ${grouped(snapshot.openFiles.limit)}`,
		snapshot.ports === null
			? null
			: `ports ${snapshot.ports.low}–${snapshot.ports.high}${snapshot.ports.isAssumed ? ' (assumed)' : ''}`,
		netns === null ? null : `netns ${netns}`,
	].filter((fact) => fact !== null);
	const out = [
		line(theme, cells, [
			[isSelected ? '›' : ' ', 'accent'],
			[fit(stateLabel(state), 11), state],
			[id, 'strong'],
			[`  ${plural(backends.length, 'backend')}, ${grouped(connections.established)} established`],
		]),
		...indented(
			facts.map((fact): Piece[] => [[fact, 'quiet']]),
			theme,
			cells,
		),
	];
	if (problem !== null) out.push(...indented(wordsOf(problem, 'unknown'), theme, cells, 1));
	for (const {severity, rule, message} of verdict?.findings ?? []) {
		const head: Piece = [`${severityGlyph(severity)} ${rule}:`, severityRole(severity)];
		out.push(...indented([[head], ...wordsOf(message)], theme, cells, 1));
	}
	for (const {address, acceptQueue, acceptLimit, connections: clients} of listeners) {
		const limit = acceptLimit === null ? '' : ` of ${grouped(acceptLimit)}`;
		const numbers = `${plural(clients.established, 'client')}, ${grouped(clients.timeWait)} tw, ${grouped(clients.closeWait)} cw`;
		const groups: Piece[][] = [
			[[fit(address, 21)]],
			[[fit(numbers, 26)]],
			[[`accept queue ${grouped(acceptQueue)}${limit}`, acceptQueue > 0 ? 'degraded' : 'quiet']],
		];
		out.push(...indented(groups, theme, cells));
	}
	return out;
}

function indented(groups: readonly Piece[][], theme: Theme, cells: number, gap = 2): string[] {
	const [first = [], ...others] = groups;
	return flow(theme, cells, [[[INDENT], ...first], ...others], {gap, indent: INDENT.length});
}
