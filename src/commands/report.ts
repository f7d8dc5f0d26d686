import {UserError} from '../errors.ts';
import {ReportGatherer, reportJson} from '../output/report.ts';
import {reportMarkdown, reportText} from '../output/report-text.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import {ticksTo} from '../source/order.ts';
import {forDuration, openLive, openPast, sayDamage, spanOf} from './input.ts';
import {assessments} from './loop.ts';
import {print, problemTeller} from './print.ts';
import {type Settings, settingsOf} from './settings.ts';
import type {Context, Flags} from './spec.ts';

export async function run(flags: Flags, paths: readonly string[], {signal}: Context): Promise<number> {
	if (paths.length > 0 && flags.for !== undefined) {
		throw new UserError('--for is for the live view, not for a recording', 'leave --for or the recording out', 2);
	}
	const settings = settingsOf(flags);
	const gatherer =
		paths.length === 0 ? await live(flags, settings, signal) : await past(paths, flags, settings, signal);
	const report = gatherer.report();
	switch (flags.format) {
		case 'json':
			await print(reportJson(report));
			break;
		case 'markdown':
			await print(reportMarkdown(report, settings.zone));
			break;
		default:
			await print(reportText(report, settings.zone));
	}
	return 0;
}

async function past(
	paths: readonly string[],
	flags: Flags,
	settings: Settings,
	signal: AbortSignal,
): Promise<ReportGatherer> {
	const recording = await openPast(paths, flags, settings, signal);
	const gatherer = new ReportGatherer();
	try {
		const {from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY} = spanOf(flags, recording, settings.zone);
		// what is open where the span begins, and what is usual there, is known from before it
		const start = Number.isFinite(from) ? from - LOOKBACK_MS : undefined;
		const ticks = Number.isFinite(to) ? ticksTo(recording, start, to) : recording.ticks(start);
		for await (const {model, assessment} of assessments(ticks, {settings, source: 'recording', signal})) {
			if (model.time >= from) gatherer.add(model, assessment);
		}
		sayDamage(recording);
	} finally {
		recording.close();
	}
	return gatherer;
}

/** Watches for `--for`, then reports what was found. */
async function live(flags: Flags, settings: Settings, signal: AbortSignal): Promise<ReportGatherer> {
	const {for: forMs} = flags;
	if (forMs === undefined) {
		throw new UserError('report needs a recording', 'name one, or watch live with --for 5m', 2);
	}
	const flag = flags.since === undefined ? '--until' : '--since';
	if ((flags.since ?? flags.until) !== undefined) throw new UserError(`${flag} cuts a recording`, 'name one', 2);
	const source = await openLive(flags, settings);
	const gatherer = new ReportGatherer();
	const tellProblem = problemTeller();
	const ticks = forDuration(source, {ms: forMs, intervalMs: settings.intervalMs}, signal);
	for await (const {model, assessment} of assessments(ticks, {settings, source: 'live'})) {
		tellProblem(model.problem);
		gatherer.add(model, assessment);
	}
	return gatherer;
}
