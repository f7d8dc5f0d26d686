import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Key} from 'ink';
import {COMMANDS, commandOf} from '../../../src/ui/state/commands.ts';
import {keyNames} from '../../../src/ui/state/keys.ts';

const key = (part: Partial<Key> = {}) => part as Key;

test('no key means two things', () => {
	const keys = Object.values(COMMANDS).flatMap<string>(({keys}) => keys);
	assert.equal(new Set(keys).size, keys.length);
});

const named: readonly (readonly [input: string, key: Key, names: readonly string[]])[] = [
	['j', key(), ['j']],
	['jjk', key(), ['j', 'j', 'k']],
	['', key({upArrow: true}), ['up']],
	['\r', key({return: true}), ['enter']],
	['web\r', key(), ['w', 'e', 'b', 'enter']],
	['c', key({ctrl: true}), ['ctrl-c']],
	['', key(), ['function']],
	['x', key({meta: true}), []],
	['', key({delete: true}), ['backspace']],
];
for (const [input, pressed, names] of named) {
	test(`${JSON.stringify(input)} with ${JSON.stringify(pressed)} is ${names.join(' ') || 'nothing'}`, () => {
		assert.deepEqual(keyNames(input, pressed), names);
	});
}

test('digits are percent of a replay', () => {
	assert.deepEqual([...'0123456789'].map(commandOf), new Array(10).fill('percent'));
});

test('a paste is bounded to what somebody may type', () => {
	assert.equal(keyNames('q'.repeat(40_000), {} as Parameters<typeof keyNames>[1]).length, 256);
});
