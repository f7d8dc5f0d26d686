import {UserError} from '../errors.ts';
import {nagiosCode, nagiosText} from '../output/nagios.ts';
import {toAscii} from '../text/ascii.ts';
import type {CommandContext, Flags} from './command.ts';
import {lastLook} from './last-look.ts';
import {print} from './print.ts';
import {settingsOf} from './settings.ts';

const DEFAULT_FOR_MS = 6000;
const UNKNOWN = 3;

export async function run(flags: Flags, paths: readonly string[], context: CommandContext): Promise<number> {
	if (paths.length > 0 && flags.for !== undefined) {
		throw new UserError('--for is for the live view, not for a recording', 'choose a time with --at', 2);
	}
	const settings = settingsOf(flags);
	const answer = await lastLook({flags, settings, paths, forMs: flags.for ?? DEFAULT_FOR_MS}, context);
	if (answer === null) {
		await print('TRAEFIK UNKNOWN - nothing was seen\n');
		return UNKNOWN;
	}
	const {model, assessment} = answer.seen;
	const text = nagiosText(model, assessment);
	await print(settings.isAscii ? text.split('\n').map(toAscii).join('\n') : text);
	return nagiosCode(assessment);
}
