/** `check`: the line and the exit code that Nagios, Icinga and their like expect (monitoring plugin guidelines). */
import type {Assessment} from '../detect/assessment.ts';
import type {State} from '../detect/finding.ts';
import type {Model} from '../model/model.ts';
import {firstCaveat, limitsOf, shortLabel} from './words.ts';

const EXIT_CODES: Readonly<Record<State, number>> = {ok: 0, idle: 0, degraded: 1, down: 2, unknown: 3};
const WORDS = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;
/** Long output is cut by the daemon anyway. */
const MAX_FINDINGS = 20;

export function nagiosCode({state}: Assessment): number {
	return EXIT_CODES[state];
}

/** The status line with perfdata, then one line per finding, then what limits the truth of both. */
export function nagiosText(model: Model, assessment: Assessment): string {
	const {counts, open} = assessment;
	const alarms = open.filter(({severity}) => severity !== 'notice');
	const tally = (['down', 'degraded', 'unknown', 'ok', 'idle'] as const)
		.filter((state) => counts[state] > 0)
		.map((state) => `${counts[state]} ${state}`)
		.join(', ');
	const problem = model.problem ?? model.instances.find((each) => each.problem !== null)?.problem ?? null;
	const lines = alarms.map((finding) => `${shortLabel(finding, model)} ${finding.rule}: ${finding.message}`);
	const caveat = firstCaveat(model, assessment);
	const doubt = caveat === null ? '' : `${caveat.label} ${caveat.text}`;
	const said = [tally, lines[0] ?? problem ?? doubt].filter((part) => part !== '').join(' - ');
	const head = `TRAEFIK ${WORDS[nagiosCode(assessment)]} - ${unpiped(said === '' ? 'no backend seen yet' : said)}`;
	const more = lines.slice(0, MAX_FINDINGS).map(unpiped);
	if (lines.length > MAX_FINDINGS) more.push(`and ${lines.length - MAX_FINDINGS} more`);
	for (const instance of model.instances) more.push(...limitsOf(instance, model).map(unpiped));
	return `${[`${head} | ${perfdata(model, assessment)}`, ...more].join('\n')}\n`;
}

/** A bar begins the perfdata, wherever it is. */
function unpiped(text: string): string {
	return text.replaceAll('|', '/');
}

/** `label=value;warn;crit;min`; U: cannot be known. */
function perfdata({instances}: Model, {counts}: Assessment): string {
	const isRead = instances.length > 0 && instances.every(({problem}) => problem === null);
	const sum = (of: (each: (typeof instances)[number]) => number | null): string => {
		let total = 0;
		for (const each of instances) {
			const value = of(each);
			if (value === null) return 'U';
			total += value;
		}
		return isRead ? String(Number(total.toFixed(2))) : 'U';
	};
	return [
		`down=${counts.down};;0;0`,
		`degraded=${counts.degraded};0;;0`,
		`unknown=${counts.unknown};;;0`,
		`ok=${counts.ok};;;0`,
		`idle=${counts.idle};;;0`,
		`clients=${sum(({clients}) => clients.established)};;;0`,
		`established=${sum(({connections}) => connections.established)};;;0`,
		`syn_sent=${sum(({connections}) => connections.synSent)};;;0`,
		`time_wait=${sum(({connections}) => connections.timeWait)};;;0`,
		`close_wait=${sum(({connections}) => connections.closeWait)};;;0`,
		`opened_per_second=${sum(({openedPerSecond}) => openedPerSecond)};;;0`,
		`refused_per_second=${sum(({refusedPerSecond}) => refusedPerSecond)};;;0`,
		`retransmitted_per_second=${sum(({retransmittedPerSecond}) => retransmittedPerSecond)};;;0`,
	].join(' ');
}
