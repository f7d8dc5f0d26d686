import assert from 'node:assert/strict';
import {test} from 'node:test';
import {explanationLines} from '../../src/ui/explanation.ts';
import {INITIAL, type State} from '../../src/ui/screen-state.ts';
import {reduce} from '../../src/ui/state.ts';
import {newTheme} from '../../src/ui/theme.ts';
import {playback, type World} from './models.ts';
import {healthy, incident} from './worlds.ts';

const theme = newTheme(0, false);

function showing(shown: World): State {
	return reduce(INITIAL, {type: 'tick', shown, playback: playback()});
}

/** The line of each finding that is explained. */
function headings(state: State, lines: number): string[] {
	return explanationLines(state, theme, 100, lines).filter((text) => /^ [✖▲]/.test(text));
}

test('it says nothing before the first look, nor where all is well', () => {
	assert.deepEqual(explanationLines(INITIAL, theme, 80, 20), []);
	assert.deepEqual(explanationLines(showing(healthy()), theme, 80, 20), []);
});

test('it names the gravest finding first, with who has to act below it', () => {
	const lines = explanationLines(showing(incident()), theme, 100, 20);
	assert.match(lines[1] ?? '', /^ ✖ .*unreachable.*3 dials unanswered/);
	assert.match(lines[2] ?? '', /^ {3}→ nobody answers/);
});

test('it puts what the selected backend has before graver findings of others', () => {
	const state = showing(incident());
	const second = headings(state, 40)[1] ?? '';
	const selection = state.order.find((key) => state.rows.get(key)?.verdict.state === 'degraded') ?? null;
	assert.equal(headings({...state, selection}, 40)[0], second);
});

test('it never takes more lines than are free, and never half a finding', () => {
	const state = showing(incident());
	for (let lines = 0; lines < 30; lines++) {
		const shown = explanationLines(state, theme, 60, lines);
		assert.ok(shown.length <= lines);
		assert.notEqual(shown.at(-1), '');
	}
});

test('it leaves out what the filter hides', () => {
	const state = showing(incident());
	const order = state.order.filter((key) => state.rows.get(key)?.verdict.state === 'ok');
	assert.deepEqual(explanationLines({...state, order}, theme, 100, 40), []);
});

test('a finding of this very second has no length yet', () => {
	const heading = (lastedMs: number) => {
		const {model, assessment} = incident();
		const open = assessment.open.map((finding) => ({...finding, evidence: {began: model.time - lastedMs}}));
		return headings(showing({model, assessment: {...assessment, open}}), 40)[0] ?? '';
	};
	assert.match(heading(1000), / unreachable for 1 s:/);
	assert.match(heading(999), / unreachable:/);
});
