import type {Assessment} from '../detect/assessment.ts';
import {UserError} from '../errors.ts';
import type {Model} from '../model/model.ts';
import {nagiosCode} from '../output/nagios.ts';
import {checkFormat, emptyStatus, type StatusOptions, staleStatus, statusLine} from '../output/status.ts';
import type {CommandContext, Flags} from './command.ts';
import {openLive} from './input.ts';
import {isNobody, lastLook, whyNobody} from './last-look.ts';
import {assessments} from './loop.ts';
import {print, say} from './print.ts';
import {type Settings, settingsOf} from './settings.ts';

/**
Two looks within a second: evidence that carries its own age needs no more, and a status bar waits no longer. The first one
takes longer than the second, so they are up to a tenth nearer to each other than this.
*/
export const LOOK_MS = 990;
/** Data older than this many intervals is stale. */
const STALE_INTERVALS = 3;
const UNKNOWN = 3;

export async function run(flags: Flags, paths: readonly string[], context: CommandContext): Promise<number> {
	const format = flags.format ?? 'plain';
	checkFormat(format);
	const settings = settingsOf(flags);
	const options: StatusOptions = {
		format,
		// What tmux itself shows of status-right, unless told otherwise.
		width: flags.width ?? (format === 'tmux' ? 40 : Number.POSITIVE_INFINITY),
		isAscii: settings.isAscii,
		isQuietWhenOk: flags.quietOk === true,
		lookMs: null,
	};
	if (flags.follow === true) {
		if (paths.length > 0) throw new UserError('--follow is for the live view', 'omit --follow or the recording', 2);
		return follow(flags, settings, options, context);
	}
	return once(flags, paths, settings, options, context);
}

async function once(
	flags: Flags,
	paths: readonly string[],
	settings: Settings,
	options: StatusOptions,
	context: CommandContext,
): Promise<number> {
	const isLive = paths.length === 0;
	// The counters tell of a second as they tell of a minute: the dials refused in it are evidence, and there is no second look.
	const thresholds = {...settings.thresholds, 'partial.refusedFor': 0};
	const twice = isLive ? {...settings, intervalMs: LOOK_MS, thresholds} : settings;
	const answer = await lastLook({flags, settings: twice, paths, forMs: LOOK_MS}, context);
	if (answer === null) {
		if (!isLive) await print(`${emptyStatus(options)}\n`);
		return flags.exitCode === true ? UNKNOWN : 0;
	}
	const {model, assessment} = answer.seen;
	const lookMs = isLive ? Math.round(answer.spanMs) : null;
	await print(`${statusLine(model, assessment, {...options, lookMs})}\n`);
	if (isLive && model.instances.length === 0) {
		const {what, hint} = whyNobody(model);
		say(`${what}; ${hint}`);
		return UNKNOWN;
	}
	if (isLive && isNobody(model)) return UNKNOWN;
	return flags.exitCode === true ? nagiosCode(assessment) : 0;
}

/** Prints on change only: a status bar that follows a command shows its newest line, and needs no process per redraw. */
async function follow(
	flags: Flags,
	settings: Settings,
	options: StatusOptions,
	{signal}: CommandContext,
): Promise<number> {
	const source = await openLive(flags, settings);
	const orphan = watchParent(() => source.stop());
	signal.addEventListener('abort', () => source.stop(), {once: true});
	let shown: string | null = null;
	let newest: readonly [Model, Assessment] | null = null;
	const show = async (line: string) => {
		if (line === shown) return;
		shown = line;
		await print(`${line}\n`);
	};
	// Restarted at every look: fires when none came for too long, as with --via.
	const sayStale = () => {
		if (newest !== null) void show(staleStatus(...newest, options));
	};
	let staleAfterMs = settings.intervalMs * STALE_INTERVALS;
	let stale = setTimeout(sayStale, staleAfterMs);
	try {
		for await (const {model, assessment} of assessments(source, {settings, source: 'live'})) {
			const afterMs = (model.backoff?.intervalMs ?? settings.intervalMs) * STALE_INTERVALS;
			if (afterMs === staleAfterMs) stale.refresh();
			else {
				clearTimeout(stale);
				staleAfterMs = afterMs;
				stale = setTimeout(sayStale, staleAfterMs);
			}
			newest = [model, assessment];
			await show(statusLine(model, assessment, {...options, format: options.format}));
		}
	} finally {
		clearTimeout(stale);
		clearInterval(orphan);
	}
	return 0;
}

/** tmux that was killed sends no signal and closes no pipe that a quiet writer would notice. */
function watchParent(onGone: () => void): NodeJS.Timeout {
	const parent = process.ppid;
	const timer = setInterval(() => {
		if (process.ppid !== parent) onGone();
	}, 1000);
	return timer.unref();
}
