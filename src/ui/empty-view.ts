/** Before there is anything to show: what is looked for, and why it is not seen. */
import {wrap} from '../text/fit.ts';
import {line} from './pieces.ts';
import {isRecording, type Playback} from './playback.ts';
import type {State} from './screen-state.ts';
import type {Theme} from './theme.ts';

export function emptyLines({shown, playback}: State, theme: Theme, cells: number): string[] {
	if (shown === null) return ['', line(theme, cells, [[` ${beforeFirstLook(playback)}`, 'quiet']])];
	const {problem, instances} = shown.model;
	const text = (words: string) =>
		wrap(words, Math.max(10, cells - 2)).map((words) => line(theme, cells, [[` ${words}`, 'quiet']]));
	if (instances.length === 0) {
		return [
			'',
			line(theme, cells, [[` ? ${problem ?? 'no Traefik process seen'}`, 'unknown']]),
			'',
			...text(
				'Looking for processes named traefik (--match, --pid) whose TCP tables can be read, at every interval: one that starts will show here.',
			),
			...text(
				'Another name: --match REGEX. Another machine or a container: --via CMD. A recording: traefik-top replay FILE.',
			),
		];
	}
	return [
		'',
		line(theme, cells, [[' no backend yet: Traefik has dialled nobody', 'quiet']]),
		'',
		...text('A backend appears with its first connection and stays for 15 minutes after its last.'),
	];
}

export function beforeFirstLook(playback: Playback): string {
	return isRecording(playback) ? 'reading the recording …' : 'looking for Traefik …';
}
