/** How verdicts are worded in text: shared by every plain format. */
import type {Assessment} from '../detect/assessment.ts';
import type {Finding} from '../detect/finding.ts';
import {throttledNote} from '../detect/own-end.ts';
import type {InstanceModel, Model} from '../model/model.ts';
import {backoffNote} from '../text/backoff.ts';
import {plural} from '../text/plural.ts';
import {withRemedy} from '../text/remedy.ts';

/** The short form for one line: the name if there is one. */
export function shortLabel(finding: Finding, model: Model): string {
	if (finding.backend === null) return model.instances.length > 1 ? finding.instance : 'traefik';
	const instance = model.instances.find(({id}) => id === finding.instance);
	return instance?.backends.find(({address}) => address === finding.backend)?.name ?? finding.backend;
}

export type Caveat = {readonly label: string; readonly text: string};

/** Why what is unknown is so: the first clause that says it, and of which backend or instance. null: nothing says it. */
export function firstCaveat(model: Model, {instances}: Assessment): Caveat | null {
	for (const instance of model.instances) {
		const verdict = instances.get(instance.id);
		if (verdict === undefined) continue;
		for (const backend of instance.backends) {
			const {state, caveat = null} = verdict.backends.get(backend.address) ?? {};
			if (state === 'unknown' && caveat !== null) return {label: backend.name ?? backend.address, text: caveat};
		}
		if (verdict.state === 'unknown' && verdict.caveat) {
			return {label: model.instances.length > 1 ? instance.id : 'traefik', text: verdict.caveat};
		}
	}
	return null;
}

/** `lb1 · pid 4121`, as far as it is known. */
export function instanceLabel({instance}: InstanceModel): string {
	const parts: string[] = [];
	if (instance.host !== null) parts.push(instance.host);
	parts.push(instance.pid === null ? 'pid unknown' : `pid ${instance.pid}`);
	if (instance.via !== null) parts.push(`via ${instance.via}`);
	return parts.join(' · ');
}

/** What limits the truth of an instance's numbers, a clause each. */
export function limitsOf({snapshot, problem, process}: InstanceModel, {backoff}: Pick<Model, 'backoff'>): string[] {
	if (problem !== null) return [];
	const limits: string[] = [];
	if (snapshot.attribution === 'assumed') {
		const why =
			snapshot.descriptors === 'denied'
				? 'its descriptors cannot be read (run as root or as its user)'
				: 'this recording has no descriptors';
		limits.push(`all non-listener sockets are counted as Traefik's: ${why}`);
	}
	if (snapshot.counters.attemptFails === null) {
		limits.push('no counters (net/snmp): refused dials cannot be seen');
	}
	if (snapshot.rowSource === 'text') {
		limits.push(`text tables without tcp_info: response times are unknown${withRemedy(snapshot.rowSourceReason)}`);
	}
	if (snapshot.endings == null && snapshot.endingsReason != null) {
		limits.push(
			`ended connections are unknown, so refusals and resets have no backend${withRemedy(snapshot.endingsReason)}`,
		);
	}
	if (snapshot.serversReason != null) {
		limits.push(`the backends’ own ends in other namespaces are not seen${withRemedy(snapshot.serversReason)}`);
	}
	const throttled = process === null ? null : throttledNote(process);
	if (throttled !== null) limits.push(throttled);
	const lost = snapshot.endings?.lost ?? 0;
	if (lost > 0) limits.push(`${plural(lost, 'notice')} of ended connections lost: the counts of these are too low`);
	if (snapshot.tornRows > 0) limits.push(`${plural(snapshot.tornRows, 'torn row')} skipped`);
	if (backoff != null) limits.push(backoffNote(backoff));
	return limits;
}
