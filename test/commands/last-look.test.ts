import assert from 'node:assert/strict';
import {test} from 'node:test';
import {whyNobody} from '../../src/commands/last-look.ts';
import type {Model} from '../../src/model/model.ts';

const nobody = (problem: string | null) => whyNobody({instances: [], problem} as unknown as Model);

test('advises to name the process where there are processes to name', () => {
	assert.deepEqual(nobody('no Traefik process found: none of 90 processes in /proc matches ^traefik$'), {
		what: 'no Traefik process found: none of 90 processes in /proc matches ^traefik$',
		hint: 'name it with --pid or --match',
	});
	assert.equal(nobody(null).hint, 'name it with --pid or --match');
});

test('advises a recording or another machine where there are none', () => {
	const {what, hint} = nobody('there is no /proc: the live view needs Linux’s /proc');
	assert.equal(what, 'there is no /proc: the live view needs Linux’s /proc');
	assert.equal(hint, 'name a recording, or look at another machine with --via');
});
