/** One backend as a line to paste into a chat or a ticket. */
import {type BackendRow, backendLabel, worstFinding} from './rows.ts';

export function rowText({backend, verdict, instance}: BackendRow): string {
	const {established, synSent, timeWait, closeWait} = backend.connections;
	const finding = worstFinding(verdict);
	const parts = [
		`${verdict.state} ${backendLabel(backend)}`,
		`est ${established} syn ${synSent} tw ${timeWait} cw ${closeWait}`,
		finding === null ? null : `${finding.rule}: ${finding.message}`,
		instance.id,
	];
	return parts.filter((part) => part !== null).join(' | ');
}
