/** A rule's numbers as people read them: the unit is at the end of the name. */
import {bytes, grouped, percent} from './count.ts';
import {duration} from './duration.ts';

/** `oldestWaitMs` 10028 → `oldest wait 10 s`; `share` 0.38 → `share 38%`; `closeWait` 37 → `close wait 37`. */
export function evidenceText(name: string, value: number): string {
	const unit = UNITS.find(({end}) => end.test(name));
	const words = name
		.replace(unit?.isNamed === false ? unit.end : /$^/, '')
		.replace(/([a-z0-9])([A-Z])/g, '$1 $2')
		.toLowerCase();
	return `${words} ${valueText(name, value)}`.trim();
}

/** The number alone: `10 s`. */
export function valueText(name: string, value: number): string {
	return (UNITS.find(({end}) => end.test(name))?.write ?? plain)(value);
}

type Unit = {
	readonly end: RegExp;
	/** Whether the word says more than the unit, and so stays. */
	readonly isNamed: boolean;
	readonly write: (value: number) => string;
};

const UNITS: readonly Unit[] = [
	{end: /(Ms|^ms)$/, isNamed: false, write: duration},
	{end: /(Seconds|^seconds)$/, isNamed: false, write: (seconds) => duration(seconds * 1000)},
	{end: /Bytes$/, isNamed: false, write: bytes},
	{end: /(PerSecond|^perSecond)$/, isNamed: false, write: (value) => `${plain(value)}/s`},
	{end: /([sS]hare|[rR]atio)$/, isNamed: true, write: percent},
];

function plain(value: number): string {
	return Number.isInteger(value) ? grouped(value) : value.toFixed(1);
}
