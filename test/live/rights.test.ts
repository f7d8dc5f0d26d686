import assert from 'node:assert/strict';
import {test} from 'node:test';
import {whyNoNamespaces} from '../../src/live/rights.ts';

const statusOf = (mask: string) => `Name:\tnode\nCapPrm:\t0000000000000000\nCapEff:\t${mask}\nCapBnd:\t0\n`;

for (const [who, mask, missing] of [
	['root', '000001ffffffffff', null],
	['the units, with their three capabilities', '0000000000280004', null],
	['who may read other processes but enter nothing', '0000000000080000', 'entering them takes root, or CAP_SYS_ADMIN'],
	['nobody', '0000000000000000', 'entering them takes root, or CAP_SYS_ADMIN and CAP_SYS_PTRACE'],
	['who cannot be known', 'x', 'entering them takes root, or CAP_SYS_ADMIN and CAP_SYS_PTRACE'],
] as const) {
	test(`${who}: ${missing ?? 'may enter namespaces'}`, () => assert.equal(whyNoNamespaces(statusOf(mask)), missing));
}
