/** `--backend` and `--ignore`: which remotes are shown. */
import {compilePattern, type EndpointTest} from './pattern.ts';

export type WatchedPatterns = {
	/** As compilePattern() takes them. */
	readonly backend: readonly string[];
	readonly ignore: readonly string[];
};

/** The patterns were checked where they came from. */
export function watchedOf({backend, ignore}: WatchedPatterns): EndpointTest {
	return watchTest(backend.map(testOf), ignore.map(testOf));
}

export function watchTest(shown: readonly EndpointTest[], hidden: readonly EndpointTest[]): EndpointTest {
	return (words, port) =>
		(shown.length === 0 || shown.some((test) => test(words, port))) && !hidden.some((test) => test(words, port));
}

function testOf(pattern: string): EndpointTest {
	const test = compilePattern(pattern);
	if (test === null) throw new Error(`no address pattern: ${pattern}`);
	return test;
}
