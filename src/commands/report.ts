import {writeFileSync} from 'node:fs';
import {basename} from 'node:path';
import type {AssessedLook} from '../detect/assessor.ts';
import {UserError} from '../errors.ts';
import {compare} from '../output/compare.ts';
import {compareJson, compareMarkdown, compareText} from '../output/compare-text.ts';
import {CurveGatherer} from '../output/curves.ts';
import {type Report, ReportGatherer, reportJson} from '../output/report.ts';
import {reportMarkdown, reportText} from '../output/report-text.ts';
import {UsualGatherer} from '../output/usual.ts';
import {ticksTo} from '../recording/order.ts';
import {LOOKBACK_MS} from '../snapshot.ts';
import {cannotWrite, reasonOf} from '../system/cannot-write.ts';
import {VERSION} from '../system/installation.ts';
import {NewFile} from '../system/new-file.ts';
import {stripControls} from '../text/strip-controls.ts';
import type {CommandContext, Flags} from './command.ts';
import {forDuration, openLive, openPast, sayDamage, spanOf} from './input.ts';
import {assessments} from './loop.ts';
import {print, problemTeller} from './print.ts';
import {type Settings, settingsOf} from './settings.ts';

type Past = {
	readonly paths: readonly string[];
	readonly flags: Flags;
	readonly settings: Settings;
	readonly signal: AbortSignal;
};

export async function run(flags: Flags, paths: readonly string[], {signal}: CommandContext): Promise<number> {
	if (paths.length > 0 && flags.for !== undefined) {
		throw new UserError('--for is for the live view, not for a recording', 'omit --for or the recording', 2);
	}
	if (flags.force === true && flags.output === undefined) {
		throw new UserError('--force needs --output', 'name the file, or omit --force', 2);
	}
	const settings = settingsOf(flags);
	const past: Past = {paths, flags, settings, signal};
	// whether the file may be written is known before a long recording is read
	const file = flags.output === undefined ? null : new NewFile(flags.output, {isForced: flags.force === true});
	try {
		const text = flags.compare === undefined ? await reportOf(past) : await comparisonOf(past, flags.compare);
		if (file === null) await print(text);
		else {
			writeFileSync(file.partPath, text);
			file.finish();
		}
	} catch (error) {
		if (error instanceof Error && 'syscall' in error) throw cannotWrite(flags.output ?? 'stdout', reasonOf(error));
		throw error;
	} finally {
		file?.drop();
	}
	return 0;
}

/** What a recording is called, without the folders that only its owner knows. */
function nameOf(paths: readonly string[]): string | undefined {
	const [first, ...others] = paths;
	if (first === undefined) return undefined;
	const name = stripControls(first === '-' ? 'standard input' : basename(first));
	return others.length === 0 ? name : `${name} and ${others.length} more`;
}

async function reportOf(past: Past): Promise<string> {
	const {paths, flags, settings} = past;
	const gatherer = new ReportGatherer();
	const curves = flags.format === 'html' ? new CurveGatherer() : null;
	const see = ({model, assessment}: AssessedLook) => {
		gatherer.add(model, assessment);
		curves?.add(model);
	};
	if (paths.length === 0) await watchLive(past, see);
	else await readPast(past, see);
	const report = gatherer.report();
	switch (flags.format) {
		case 'json':
			return reportJson(report);
		case 'markdown':
			return reportMarkdown(report, settings.zone, nameOf(paths));
		case 'html':
			return page(report, curves as CurveGatherer, past);
		default:
			return reportText(report, settings.zone, nameOf(paths));
	}
}

async function page(report: Report, curves: CurveGatherer, {paths, settings: {zone}}: Past): Promise<string> {
	const [{reportHtml}, {pageAssets}] = await Promise.all([
		import('../output/html/report-html.ts'),
		import('./page-assets.ts'),
	]);
	const recording = paths.length === 0 ? 'live' : paths.map(stripControls).join(', ');
	return reportHtml(report, curves, {zone, recording, version: VERSION, assets: pageAssets()});
}

/** What is different in `other` from what was before. */
async function comparisonOf(past: Past, other: string): Promise<string> {
	const {paths, flags, settings} = past;
	if (paths.length === 0)
		throw new UserError(
			'--compare needs an earlier recording',
			'name it first: report before.capture --compare after.capture',
			2,
		);
	const {since: _, until: __, ...rest} = flags;
	const span = {
		...(flags.compareSince === undefined ? {} : {since: flags.compareSince}),
		...(flags.compareUntil === undefined ? {} : {until: flags.compareUntil}),
	};
	const before = await usualOf(past);
	const after = await usualOf({...past, paths: [other], flags: {...rest, ...span}});
	const comparison = compare(before, after);
	switch (flags.format) {
		case 'json':
			return compareJson(comparison);
		case 'markdown':
			return compareMarkdown(comparison, settings.zone);
		case 'html': {
			const [{compareHtml}, {pageAssets}] = await Promise.all([
				import('../output/html/compare-html.ts'),
				import('./page-assets.ts'),
			]);
			return compareHtml(comparison, {zone: settings.zone, style: pageAssets().style, version: VERSION});
		}
		default:
			return compareText(comparison, settings.zone);
	}
}

async function usualOf(past: Past): Promise<UsualGatherer> {
	const usual = new UsualGatherer();
	await readPast(past, ({model, assessment}) => {
		usual.add(model, (instance, address) => {
			const state = assessment.instances.get(instance)?.backends.get(address)?.state;
			return state === 'down' || state === 'degraded';
		});
	});
	return usual;
}

async function readPast({paths, flags, settings, signal}: Past, see: (seen: AssessedLook) => void): Promise<void> {
	const recording = await openPast(paths, flags, settings, signal);
	try {
		const {from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY} = spanOf(flags, recording, settings.zone);
		// what is open where the span begins, and what is usual there, is known from before it
		const start = Number.isFinite(from) ? from - LOOKBACK_MS : undefined;
		const ticks = Number.isFinite(to) ? ticksTo(recording, start, to) : recording.ticks(start);
		for await (const seen of assessments(ticks, {settings, source: 'recording', signal})) {
			if (seen.model.time >= from) see(seen);
		}
		sayDamage(recording);
	} finally {
		recording.close();
	}
}

/** Watches for `--for`. */
async function watchLive({flags, settings, signal}: Past, see: (seen: AssessedLook) => void): Promise<void> {
	const {for: forMs} = flags;
	if (forMs === undefined) {
		throw new UserError('report needs a recording', 'name one, or watch live with --for 5m', 2);
	}
	const flag = flags.since === undefined ? '--until' : '--since';
	if ((flags.since ?? flags.until) !== undefined) throw new UserError(`${flag} needs a recording`, 'name one', 2);
	const source = await openLive(flags, settings);
	const tellProblem = problemTeller();
	const ticks = forDuration(source, {ms: forMs, intervalMs: settings.intervalMs}, signal);
	for await (const seen of assessments(ticks, {settings, source: 'live'})) {
		tellProblem(seen.model.problem);
		see(seen);
	}
}
