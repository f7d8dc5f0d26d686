/** A table of what makes a rule speak and what does not. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Severity} from '../../../src/detect/finding.ts';
import type {RuleId} from '../../../src/detect/index.ts';
import {assessAll, type LookSpec} from '../windows.ts';

/** `says` must be found in the message or the hint of the finding that is open after the last look; null: none is. */
export type Variant = [why: string, looks: LookSpec[], severity: Severity | null, says?: RegExp];

export function variants(rule: RuleId, table: readonly Variant[]): void {
	for (const [why, looks, severity, says] of table) {
		test(`${rule} ${severity === null ? 'stays silent on' : `is ${severity} on`} ${why}`, () => {
			const open = assessAll(looks).at(-1)?.open ?? [];
			const found = open.filter((finding) => finding.rule === rule);
			assert.deepEqual(
				found.map((finding) => finding.severity),
				severity === null ? [] : [severity],
				open.map((finding) => `${finding.rule}: ${finding.message}`).join('; '),
			);
			if (says) assert.match(`${found[0]?.message} ${found[0]?.hint}`, says);
		});
	}
}
