import type {AssessedLook} from '../detect/assessor.ts';
import {UserError} from '../errors.ts';
import {type SocketsByInstance, snapshotObject} from '../output/json.ts';
import {plainTable} from '../output/plain.ts';
import {SocketList} from '../output/sockets.ts';
import {toAscii} from '../text/ascii.ts';
import type {CommandContext, Flags} from './command.ts';
import {isNobody, lastLook, whyNobody} from './last-look.ts';
import {print} from './print.ts';
import {type Settings, settingsOf} from './settings.ts';

/** What a recording without a snapshot shows. */
const NOTHING = {schema: 1, time: null, source: 'recording', state: 'unknown', instances: []};

export async function run(flags: Flags, paths: readonly string[], context: CommandContext): Promise<number> {
	if (flags.sockets === true && flags.json !== true) throw new UserError('--sockets needs --json', 'add --json', 2);
	if (paths.length > 0 && flags.for !== undefined) {
		throw new UserError('--for is for the live view, not for a recording', 'choose a time with --at', 2);
	}
	const settings = settingsOf(flags);
	const isLive = paths.length === 0;
	const sockets = new Map<string, SocketList>();
	const answer = await lastLook(
		{
			flags,
			settings,
			paths,
			forMs: flags.for ?? 0,
			observe({instance}) {
				if (flags.sockets !== true) return undefined;
				const list = new SocketList();
				sockets.set(instance.id, list);
				return list.visit;
			},
		},
		context,
	);
	if (answer === null) {
		if (!isLive) await print(flags.json === true ? `${JSON.stringify(NOTHING)}\n` : 'no snapshots\n');
		return 0;
	}
	const {model} = answer.seen;
	if (isLive && model.instances.length === 0) {
		const {what, hint} = whyNobody(model);
		throw new UserError(what, hint, 3);
	}
	await print(text(answer.seen, flags, settings, flags.sockets === true ? sockets : undefined));
	return isLive && isNobody(model) ? 3 : 0;
}

function text(
	{model, assessment}: AssessedLook,
	flags: Flags,
	settings: Settings,
	sockets?: SocketsByInstance,
): string {
	if (flags.json === true) return `${JSON.stringify(snapshotObject(model, assessment, sockets))}\n`;
	return tableText(model, assessment, settings);
}

/** The plain table as the settings want it. */
export function tableText(
	model: AssessedLook['model'],
	assessment: AssessedLook['assessment'],
	settings: Settings,
): string {
	const table = plainTable(model, assessment, settings.zone);
	return settings.isAscii ? table.split('\n').map(toAscii).join('\n') : table;
}
