import {UserError} from '../errors.ts';
import {FindingHook} from '../sink/finding-hook.ts';
import type {Flags} from './command.ts';
import {say} from './print.ts';

/** A hook that runs when the program ends may take this long; then it is killed. */
export const HOOK_PATIENCE_MS = 2_000;

/** The hook of --on-finding, if one is asked for. */
export function hookOf({onFinding, onFindingShell}: Flags): FindingHook | null {
	if (onFinding === undefined) {
		if (onFindingShell !== true) return null;
		throw new UserError('--on-finding-shell needs a command', 'add --on-finding CMD', 2);
	}
	return new FindingHook({command: onFinding, isShell: onFindingShell === true, complain: say});
}
