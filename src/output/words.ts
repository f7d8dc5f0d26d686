/** How verdicts are worded in text: shared by every plain format. */
import type {Finding, Severity, State} from '../finding.ts';
import type {BackendModel, InstanceModel, Model} from '../model/model.ts';

export const GLYPHS: Readonly<Record<State, string>> = {down: '✖', degraded: '▲', unknown: '?', ok: '●', idle: '○'};

export function severityGlyph(severity: Severity): string {
	return severity === 'notice' ? '·' : GLYPHS[severity];
}

/** Name and address, or the address alone. */
export function backendLabel(backend: Pick<BackendModel, 'address' | 'name'>): string {
	return backend.name === null ? backend.address : `${backend.name} ${backend.address}`;
}

/** The short form for one line: the name if there is one. */
export function shortLabel(finding: Finding, model: Model): string {
	if (finding.backend === null) return model.instances.length > 1 ? finding.instance : 'traefik';
	const instance = model.instances.find(({id}) => id === finding.instance);
	return instance?.backends.find(({address}) => address === finding.backend)?.name ?? finding.backend;
}

/** `lb1 · pid 4121`, as far as it is known. */
export function instanceLabel({instance}: InstanceModel): string {
	const parts: string[] = [];
	if (instance.host !== null) parts.push(instance.host);
	parts.push(instance.pid === null ? 'pid unknown' : `pid ${instance.pid}`);
	if (instance.via !== null) parts.push(`via ${instance.via}`);
	return parts.join(' · ');
}
