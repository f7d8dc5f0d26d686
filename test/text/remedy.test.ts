import assert from 'node:assert/strict';
import {test} from 'node:test';
import {withRemedy} from '../../src/text/remedy.ts';

const reasons: [why: string | null, says: string][] = [
	[null, ''],
	['no netlink socket (EPERM)', ' (no netlink socket (EPERM): run as root)'],
	['it cannot be opened (EACCES)', ' (it cannot be opened (EACCES): run as root)'],
	['koffi cannot be loaded (no binary)', ' (koffi cannot be loaded (no binary))'],
];
for (const [why, says] of reasons) {
	test(`says "${says}" of ${why}`, () => assert.equal(withRemedy(why), says));
}
