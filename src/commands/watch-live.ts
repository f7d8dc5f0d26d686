import type {AssessedLook} from '../detect/assessor.ts';
import type {FindingHook} from '../sink/finding-hook.ts';
import type {Source} from '../source.ts';
import {HOOK_PATIENCE_MS} from './hook.ts';
import {assessments} from './loop.ts';
import {problemTeller} from './print.ts';
import type {Settings} from './settings.ts';

type Watch = {readonly hook: FindingHook | null; readonly settings: Settings; readonly signal: AbortSignal};

/** Shows every look of a live source until a signal stops it; problems go to stderr, findings to the hook. */
export async function watchLive(
	source: Source,
	{hook, settings, signal}: Watch,
	show: (seen: AssessedLook) => void | Promise<void>,
): Promise<void> {
	signal.addEventListener('abort', () => source.stop(), {once: true});
	const tellProblem = problemTeller();
	try {
		for await (const seen of assessments(source, {settings, source: 'live'})) {
			tellProblem(seen.model.problem);
			hook?.tell(seen.assessment.opened, seen.assessment.closed);
			await show(seen);
		}
	} finally {
		await hook?.close(HOOK_PATIENCE_MS);
	}
}
