/** What is under the cursor, as a line to paste into a chat or a ticket. */

import type {Finding} from '../../detect/finding.ts';
import {backendLabel} from '../../text/backend-label.ts';
import {formatTime} from '../../text/time.ts';
import {type BackendRow, worstFinding} from './rows.ts';
import {currentRow, findingPlace, findingsOf, type ScreenState} from './state.ts';

/** null: there is nothing under the cursor. */
export function copyText(state: ScreenState): string | null {
	const {screen, shown} = state;
	if (screen.view === 'findings') {
		const finding = findingsOf(state)[screen.place];
		return finding === undefined ? null : findingText(finding, state);
	}
	if (screen.view === 'instances') return shown?.model.instances[screen.place]?.id ?? null;
	const row = screen.view === 'backend' ? state.rows.get(screen.key) : currentRow(state);
	return row === undefined || row === null ? null : rowText(row);
}

function findingText(finding: Finding, state: ScreenState): string {
	const {severity, rule, message, hint, from, to} = finding;
	const {zone} = state.playback;
	const until = to === null ? 'open' : `to ${formatTime(to, zone)}`;
	return `${severity} ${findingPlace(finding, state)} ${rule}: ${message} | from ${formatTime(from, zone)} ${until} | ${hint}`;
}

function rowText({backend, verdict, instance}: BackendRow): string {
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
