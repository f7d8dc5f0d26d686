/** Every Traefik that is watched, as lines: what it is, what is wrong with it, its listeners. */
import type {InstanceVerdict} from '../detect/assessment.ts';
import type {InstanceModel} from '../model/model.ts';
import {grouped} from '../text/count.ts';
import {uptime} from '../text/duration.ts';
import {fit} from '../text/fit.ts';
import {line} from './pieces.ts';
import type {State} from './screen-state.ts';
import {severityGlyph, severityRole, stateLabel, type Theme} from './theme.ts';

export function instancesLines(state: State, place: number, theme: Theme, cells: number, lines: number): string[] {
	const {shown} = state;
	if (shown === null) return [];
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

function instanceLines(
	instance: InstanceModel,
	verdict: InstanceVerdict | undefined,
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
		netns === null ? null : `netns ${netns}`,
		startedAt === null ? null : `up ${uptime(Math.max(0, time - startedAt))}`,
		`rows by ${snapshot.rowSource}, told apart by ${snapshot.attribution}`,
		snapshot.openFiles === null
			? null
			: `descriptors ${grouped(snapshot.openFiles.open)} of ${grouped(snapshot.openFiles.limit)}`,
		snapshot.ports === null
			? null
			: `ports ${snapshot.ports.low}–${snapshot.ports.high}${snapshot.ports.isAssumed ? ' assumed' : ''}`,
		snapshot.foreignRows > 0 ? `${grouped(snapshot.foreignRows)} rows of others` : null,
	];
	const out = [
		line(theme, cells, [
			[isSelected ? '›' : ' ', 'accent'],
			[fit(stateLabel(state), 11), state],
			[id, 'strong'],
			[`  ${backends.length} backends, ${grouped(connections.established)} established`],
		]),
		line(theme, cells, [[`            ${facts.filter((fact) => fact !== null).join(' · ')}`, 'quiet']]),
	];
	if (problem !== null) out.push(line(theme, cells, [[`            ${problem}`, 'unknown']]));
	for (const {severity, rule, message} of verdict?.findings ?? []) {
		out.push(
			line(theme, cells, [[`            ${severityGlyph(severity)} ${rule}: `, severityRole(severity)], [message]]),
		);
	}
	for (const {address, acceptQueue, acceptLimit, connections: clients} of listeners) {
		const limit = acceptLimit === null ? '' : ` of ${grouped(acceptLimit)}`;
		out.push(
			line(theme, cells, [
				[`            ${fit(address, 22)}`],
				[` ${grouped(clients.established)} clients, ${grouped(clients.timeWait)} tw, ${grouped(clients.closeWait)} cw`],
				[`  accept queue ${grouped(acceptQueue)}${limit}`, acceptQueue > 0 ? 'degraded' : 'quiet'],
			]),
		);
	}
	return out;
}
