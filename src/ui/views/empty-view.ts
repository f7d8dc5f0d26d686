/** Before there is anything to show: what is looked for, and why it is not seen. */
import {duration} from '../../text/duration.ts';
import {fit, wrap} from '../../text/fit.ts';
import {isRecording, type Playback} from '../state/playback.ts';
import type {ScreenState} from '../state/state.ts';
import type {Theme} from '../terminal/theme.ts';
import {flow, line, wordsOf} from './pieces.ts';

/** Where a Traefik may be that is not seen. */
const WAYS: readonly (readonly [where: string, how: string])[] = [
	['under another name', 'traefik-top --match REGEX, or --pid N'],
	['on another machine', "traefik-top --via 'ssh HOST'"],
	['in a container', "traefik-top --via 'docker exec -i NAME'"],
	['in a recording', 'traefik-top replay FILE'],
];

export function emptyLines({shown, playback}: ScreenState, theme: Theme, cells: number): string[] {
	if (shown === null) return ['', line(theme, cells, [[` ${beforeFirstLook(playback)}`, 'quiet']])];
	const {problem, instances} = shown.model;
	const text = (words: string) =>
		wrap(words, Math.max(10, cells - 2)).map((words) => line(theme, cells, [[` ${words}`, 'quiet']]));
	if (instances.length === 0) {
		const problemLines = flow(
			theme,
			cells,
			[[[' ?', 'unknown']], ...wordsOf(problem ?? 'no Traefik seen', 'unknown')],
			{
				gap: 1,
				indent: 3,
			},
		);
		if (isRecording(playback)) return ['', ...problemLines];
		const {intervalMs} = playback;
		const every = intervalMs === null ? '' : intervalMs === 1000 ? ' every second' : ` every ${duration(intervalMs)}`;
		return [
			'',
			...problemLines,
			'',
			...text(`Looking again${every}: a Traefik that starts appears here at once.`),
			'',
			...WAYS.flatMap(([where, how]) => flow(theme, cells, [[[` ${fit(where, 20)}`, 'quiet']], [[how]]], {indent: 3})),
		];
	}
	return [
		'',
		line(theme, cells, [[' no backend yet: Traefik has not dialled any', 'quiet']]),
		'',
		...text('A backend appears with its first connection and stays for 15 minutes after its last.'),
	];
}

export function beforeFirstLook(playback: Playback): string {
	return isRecording(playback) ? 'reading the recording …' : 'looking for Traefik …';
}
