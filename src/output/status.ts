/** `status`: one line, for a bar that has little room and shows whatever it is given. */
import type {Assessment} from '../detect/assessment.ts';
import {GLYPHS, STATES, type State} from '../detect/finding.ts';
import {UserError} from '../errors.ts';
import type {Model} from '../model/model.ts';
import {toAscii} from '../text/ascii.ts';
import {cut, width} from '../text/fit.ts';
import {findingObject} from './json.ts';
import {firstCaveat, shortLabel} from './words.ts';

export type StatusOptions = {
	/** `plain`, `tmux`, `json`, or a template with `{fields}`. */
	readonly format: string;
	/** Cells; names are cut, numbers never. */
	readonly width: number;
	readonly isAscii: boolean;
	/** An empty line while nothing is wrong. */
	readonly isQuietWhenOk: boolean;
	/** How long it was looked: a verdict after one look of a second is marked. null: long enough. */
	readonly lookMs: number | null;
};

/**
Trouble has a background of its own, since nobody knows the bar's: tmux's is green, where green and yellow letters cannot
be read. What is well looks like the rest of the bar. null: nothing of its own.
*/
const TMUX_STYLES: Readonly<Record<State, string | null>> = {
	down: 'fg=white,bg=red,bold',
	degraded: 'fg=black,bg=yellow',
	unknown: 'fg=white,bg=magenta,bold',
	ok: null,
	idle: null,
};

/** One line without its newline. */
export function statusLine(model: Model, assessment: Assessment, options: StatusOptions): string {
	if (options.format === 'json') return statusJson(model, assessment, options.lookMs);
	const {state} = assessment;
	if (options.isQuietWhenOk && (state === 'ok' || state === 'idle')) return '';
	const line =
		options.format === 'plain' || options.format === 'tmux'
			? compose(model, assessment, options)
			: fillTemplate(options.format, model, assessment);
	return options.isAscii ? toAscii(line) : line;
}

/** What is shown when the newest look is too old to be believed. */
export function staleStatus(model: Model, assessment: Assessment, options: StatusOptions): string {
	const unknown: Assessment = {...assessment, state: 'unknown', counts: NO_COUNTS, worst: null};
	return statusLine({...model, problem: 'no data'}, unknown, options);
}

/** What is shown of a recording in which not one snapshot could be read. */
export function emptyStatus(options: StatusOptions): string {
	const model: Model = {
		time: NO_TIME,
		clockMs: 0,
		source: 'recording',
		isTimeAssumed: false,
		problem: 'no snapshots',
		instances: [],
	};
	return statusLine(model, NOTHING, options);
}

/** The epoch: there was no look. */
const NO_TIME = 0;
const NO_COUNTS: Assessment['counts'] = {down: 0, degraded: 0, unknown: 0, ok: 0, idle: 0};

const NOTHING: Assessment = {
	state: 'unknown',
	counts: NO_COUNTS,
	instances: new Map(),
	open: [],
	opened: [],
	closed: [],
	worst: null,
};

function statusJson(model: Model, assessment: Assessment, lookMs: number | null): string {
	const {state, counts, worst} = assessment;
	const caveat = firstCaveat(model, assessment);
	const {time} = model;
	const {down, degraded, unknown, ok, idle} = counts;
	return JSON.stringify({
		schema: 1,
		time: time === NO_TIME ? null : time,
		lookMs,
		state,
		counts: {down, degraded, unknown, ok, idle},
		worst: worst === null ? null : findingObject(worst),
		note: noteOf(model)?.text ?? null,
		caveat: caveat === null ? null : `${caveat.label} ${caveat.text}`,
	});
}

/** `brief` is for a bar: what can be done about it. Of a recording nothing can. */
type Note = {readonly text: string; readonly brief: string};

/** What the counts may be wrong about: whose sockets they are. null: they are Traefik's, or nothing was read. */
function noteOf({instances}: Model): Note | null {
	const assumed = instances
		.filter(({problem, snapshot}) => problem === null && snapshot.attribution === 'assumed')
		.map(({snapshot}) => snapshot.descriptors);
	if (assumed.length === 0) return null;
	return assumed.includes('denied') ? DENIED : NOT_RECORDED;
}

const DENIED: Note = {
	text: 'descriptors denied: sockets of other processes may be counted (run as root)',
	brief: 'fds denied',
};
const NOT_RECORDED: Note = {
	text: 'socket ownership not recorded: all non-listener sockets are counted',
	brief: '',
};

type Part = {readonly state: State; readonly text: string};

function compose(model: Model, assessment: Assessment, {format, width: cells, lookMs}: StatusOptions): string {
	const isTmux = format === 'tmux';
	const parts = partsOf(model, assessment);
	const mark = lookMs === null ? '' : '~';
	const head = mark + parts.map(({text}) => text).join(' ');
	const reason = tailOf(model, assessment, cells - width(head));
	const tail = reason + badgeOf(model, cells - width(head + reason));
	if (!isTmux) return head + tail;
	return mark + parts.map(styled).join(' ') + tmuxText(tail);
}

function styled({state, text}: Part): string {
	const style = TMUX_STYLES[state];
	return style === null ? tmuxText(text) : `#[${style}]${tmuxText(text)}#[default]`;
}

/** The problems, or that there are none. */
function partsOf(model: Model, {state, counts}: Assessment): Part[] {
	const parts: Part[] = [];
	const part = (each: State, text: string) => parts.push({state: each, text: `${GLYPHS[each]} ${text}`});
	for (const each of ['down', 'degraded', 'unknown'] as const) {
		if (counts[each] > 0) part(each, `${counts[each]} ${each}`);
	}
	// Worse than every backend: the instance itself.
	const worstShown = parts[0]?.state;
	if (state !== worstShown && STATES.indexOf(state) <= STATES.indexOf('unknown')) {
		parts.unshift({state, text: `${GLYPHS[state]} ${state}`});
	}
	if (parts.length > 0) return parts;
	if (counts.ok > 0) part('ok', `${counts.ok} ok`);
	else if (counts.idle > 0) part('idle', `${counts.idle} idle`);
	else part(model.instances.length === 0 ? 'unknown' : state, model.instances.length === 0 ? 'no traefik' : state);
	return parts;
}

/** What the line must admit, in a word or two, where there is room for all of it. */
function badgeOf(model: Model, cells: number): string {
	const brief = noteOf(model)?.brief ?? '';
	const badge = ` · ${brief}`;
	return brief === '' || width(badge) > cells ? '' : badge;
}

/** ` · api-2 unreachable` in this many cells: the name gives way, then goes, then the rest. */
function tailOf(model: Model, assessment: Assessment, cells: number): string {
	const {state, worst} = assessment;
	if (worst === null) {
		// Without an instance: what, not the count of processes after the colon, which changes at every look.
		const none = model.problem?.split(': ', 1)[0];
		const problem = none ?? model.instances.find((instance) => instance.problem !== null)?.problem ?? null;
		const caveat = problem === null ? firstCaveat(model, assessment) : null;
		if (caveat !== null) return fitted(caveat.label, ` ${caveat.text}`, cells);
		if (state !== 'unknown' || problem === null) return '';
		return fitted(problem, '', cells);
	}
	return fitted(shortLabel(worst, model), ` ${worst.rule}`, cells);
}

function fitted(name: string, rest: string, cells: number): string {
	const room = cells - 3 - width(rest);
	if (width(name) <= room) return ` · ${name}${rest}`;
	if (room >= 2) return ` · ${cut(name, room - 1)}…${rest}`;
	return rest !== '' && cells >= 2 + width(rest) ? ` ·${rest}` : '';
}

/** A name must stay a name: `#[…]` would be a colour and `#S` the session's. */
function tmuxText(text: string): string {
	return text.replaceAll('#', '##');
}

type Field = (model: Model, assessment: Assessment) => string | number;

const FIELDS: Readonly<Record<string, Field>> = {
	state: (_, {state}) => state,
	glyph: (_, {state}) => GLYPHS[state],
	down: (_, {counts}) => counts.down,
	degraded: (_, {counts}) => counts.degraded,
	unknown: (_, {counts}) => counts.unknown,
	ok: (_, {counts}) => counts.ok,
	idle: (_, {counts}) => counts.idle,
	backends: (_, {counts}) => Object.values(counts).reduce((sum, count) => sum + count, 0),
	findings: (_, {open}) => open.filter(({severity}) => severity !== 'notice').length,
	worst: (model, {worst}) => (worst === null ? '' : `${shortLabel(worst, model)} ${worst.rule}`),
	backend: (model, {worst}) => (worst === null ? '' : shortLabel(worst, model)),
	rule: (_, {worst}) => worst?.rule ?? '',
	message: (_, {worst}) => worst?.message ?? '',
	established: ({instances}) => instances.reduce((sum, each) => sum + each.connections.established, 0),
	clients: ({instances}) => instances.reduce((sum, each) => sum + each.clients.established, 0),
	time: ({time}) => (time === NO_TIME ? '?' : time),
	note: (model) => noteOf(model)?.text ?? '',
};

/** Throws a UserError for a format that is none: before anything is read. */
export function checkFormat(format: string): void {
	if (['plain', 'tmux', 'json'].includes(format)) return;
	const known = `the fields are ${Object.keys(FIELDS)
		.map((name) => `{${name}}`)
		.join(' ')}`;
	if (!format.includes('{')) {
		throw new UserError(`unknown format "${format}"`, 'give plain, tmux, json or a template such as {state}', 2);
	}
	for (const [whole, name = ''] of format.matchAll(/\{([^{}]*)\}/g)) {
		if (!Object.hasOwn(FIELDS, name)) throw new UserError(`unknown template field ${whole}`, known, 2);
	}
	if (/[{}]/.test(format.replace(/\{[^{}]*\}/g, ''))) {
		throw new UserError('unmatched brace in the template', known, 2);
	}
}

function fillTemplate(template: string, model: Model, assessment: Assessment): string {
	return template.replace(/\{([^{}]*)\}/g, (whole, name: string) => String(FIELDS[name]?.(model, assessment) ?? whole));
}
