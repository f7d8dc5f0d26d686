import assert from 'node:assert/strict';
import {test} from 'node:test';
import {UserError} from '../../src/errors.ts';
import {checkFormat, emptyStatus, type StatusOptions, staleStatus, statusLine} from '../../src/output/status.ts';
import {world} from '../ui/models.ts';

const OPTIONS: StatusOptions = {format: 'plain', width: 60, isAscii: false, isQuietWhenOk: false, lookMs: null};

const down = {rule: 'unreachable', severity: 'down', message: '3 dials unanswered for 4 s'} as const;
const degraded = {rule: 'close-wait', severity: 'degraded', message: '37 sockets, oldest 74 s'} as const;
const incident = (name: string) =>
	world({
		backends: [
			{address: '10.0.3.12:8080', name, state: 'down', findings: [down]},
			{address: '10.0.3.13:8080', state: 'degraded', findings: [degraded]},
			{address: '10.0.3.11:8080'},
		],
	});
const calm = world({backends: [{address: '10.0.3.11:8080'}, {address: '10.0.3.12:8080'}]});

function line({model, assessment}: ReturnType<typeof world>, options: Partial<StatusOptions> = {}): string {
	return statusLine(model, assessment, {...OPTIONS, ...options});
}

test('the line counts the problems and names the worst', () => {
	assert.equal(line(incident('api-2')), '✖ 1 down ▲ 1 degraded · api-2 unreachable');
});

test('the line says how many are well when nothing is wrong', () => {
	assert.equal(line(calm), '● 2 ok');
});

const nothing: [format: string, text: string][] = [
	['plain', '? unknown · no snapshots'],
	['tmux', '#[fg=white,bg=magenta,bold]? unknown#[default] · no snapshots'],
	['{state} {backends} {time}', 'unknown 0 ?'],
	[
		'json',
		'{"schema":1,"time":null,"lookMs":null,"state":"unknown",' +
			'"counts":{"down":0,"degraded":0,"unknown":0,"ok":0,"idle":0},"worst":null,"note":null,"caveat":null}',
	],
];
for (const [format, text] of nothing) {
	test(`a recording without a snapshot is unknown in the format ${format}`, () => {
		assert.equal(emptyStatus({...OPTIONS, format}), text);
	});
}

test('--quiet-ok empties the line only while nothing is wrong', () => {
	assert.equal(line(calm, {isQuietWhenOk: true}), '');
	assert.notEqual(line(incident('api-2'), {isQuietWhenOk: true}), '');
});

test('one look of a second is marked', () => {
	assert.equal(line(calm, {lookMs: 905}), '~● 2 ok');
});

const widths: [width: number, text: string][] = [
	[60, '✖ 1 down ▲ 1 degraded · a-rather-long-name unreachable'],
	[54, '✖ 1 down ▲ 1 degraded · a-rather-long-name unreachable'],
	[53, '✖ 1 down ▲ 1 degraded · a-rather-long-na… unreachable'],
	[38, '✖ 1 down ▲ 1 degraded · a… unreachable'],
	[37, '✖ 1 down ▲ 1 degraded · unreachable'],
	[34, '✖ 1 down ▲ 1 degraded'],
	[5, '✖ 1 down ▲ 1 degraded'],
];
for (const [width, text] of widths) {
	test(`a width of ${width} cuts the name, then drops it, then the rule, and never a number`, () => {
		assert.equal(line(incident('a-rather-long-name'), {width}), text);
	});
}

test('tmux gets colours of its own and no escape sequence', () => {
	const text = line(incident('api-2'), {format: 'tmux'});
	assert.equal(
		text,
		'#[fg=white,bg=red,bold]✖ 1 down#[default] #[fg=black,bg=yellow]▲ 1 degraded#[default] · api-2 unreachable',
	);
});

test('a name cannot become a colour or a command of tmux', () => {
	const text = line(incident('#[fg=green]#(id)#S'), {format: 'tmux', width: 80});
	assert.ok(text.endsWith(' · ##[fg=green]##(id)##S unreachable'), text);
});

test('--ascii keeps every cell and needs no glyph', () => {
	assert.equal(line(incident('api-2'), {isAscii: true}), 'X 1 down ! 1 degraded . api-2 unreachable');
});

test('a template gives its fields and nothing else', () => {
	const text = line(incident('api-2'), {format: '{glyph}{down}/{backends} {backend}: {rule}'});
	assert.equal(text, '✖1/3 api-2: unreachable');
});

test('a template without worst leaves its fields empty', () => {
	assert.equal(line(calm, {format: '[{worst}]{ok}'}), '[]2');
});

for (const format of ['{nope}', '{state', 'state}', 'xml', '{}']) {
	test(`a format that is none is a usage error: ${format}`, () => {
		assert.throws(
			() => checkFormat(format),
			(error) => error instanceof UserError && error.exitCode === 2,
		);
	});
}

test('a state that is too old is unknown', () => {
	const {model, assessment} = incident('api-2');
	assert.equal(staleStatus(model, assessment, OPTIONS), '? unknown · no data');
});

test('json has the fields of the contract', () => {
	const parsed = JSON.parse(line(incident('api-2'), {format: 'json', lookMs: 905}));
	assert.deepEqual(Object.keys(parsed), ['schema', 'time', 'lookMs', 'state', 'counts', 'worst', 'note', 'caveat']);
	assert.deepEqual([parsed.lookMs, parsed.counts.down, parsed.worst.rule], [905, 1, 'unreachable']);
});

const DENIED = {descriptors: 'denied', attribution: 'assumed'} as const;
const backends = [{address: '10.0.3.11:8080'}, {address: '10.0.3.12:8080'}];
const notes: [why: string, snapshot: Parameters<typeof world>[0]['snapshot'], plain: string, note: RegExp | null][] = [
	['descriptors are denied', DENIED, '● 2 ok · fds denied', /^descriptors denied: .*\(run as root\)$/],
	['nobody shares the namespace', {descriptors: 'denied', attribution: 'namespace'}, '● 2 ok', null],
	['a recording has no descriptors', {...DENIED, descriptors: 'absent'}, '● 2 ok', /ownership not recorded/],
	['descriptors are read', {descriptors: 'readable', attribution: 'descriptors'}, '● 2 ok', null],
];
for (const [why, snapshot, plain, note] of notes) {
	test(`the line admits what the counts may be wrong about: ${why}`, () => {
		const shown = world({backends, ...(snapshot === undefined ? {} : {snapshot})});
		assert.equal(line(shown), plain);
		const told = JSON.parse(line(shown, {format: 'json'})).note;
		assert.equal(line(shown, {format: '{note}'}), told ?? '');
		if (note === null) assert.equal(told, null);
		else assert.match(told, note);
	});
}

test('notes come last in the line, and go first where there is no room', () => {
	const shown = world({backends: [{address: '10.0.3.12:8080', state: 'down', findings: [down]}], snapshot: DENIED});
	assert.equal(line(shown, {width: 50}), '✖ 1 down · 10.0.3.12:8080 unreachable · fds denied');
	assert.equal(line(shown, {width: 49}), '✖ 1 down · 10.0.3.12:8080 unreachable');
	const tmux = line(shown, {format: 'tmux', width: 50});
	assert.equal(tmux, '#[fg=white,bg=red,bold]✖ 1 down#[default] · 10.0.3.12:8080 unreachable · fds denied');
});
