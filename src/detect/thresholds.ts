/** Every number that a rule compares with, from the rules' own files: what the rules, `--config` and docs/rules.md go by. */
import {ABOUT_RULES, type AboutEach} from './index.ts';
import type {Threshold} from './rule.ts';

/** `rule.name`. */
export type ThresholdKey = KeyOf<AboutEach>;
type KeyOf<About> = About extends {readonly id: infer Id extends string; readonly thresholds: infer Named}
	? `${Id}.${keyof Named & string}`
	: never;

export const THRESHOLDS = Object.fromEntries(
	ABOUT_RULES.flatMap(({id, thresholds}) =>
		Object.entries<Threshold>(thresholds).map(([name, threshold]) => [`${id}.${name}`, threshold]),
	),
) as Readonly<Record<ThresholdKey, Threshold>>;

/** A value for each key: the defaults with the user's own put over them. */
export type Thresholds = Readonly<Record<ThresholdKey, number>>;

export const DEFAULT_THRESHOLDS: Thresholds = Object.fromEntries(
	Object.entries(THRESHOLDS).map(([key, threshold]) => [key, threshold.value]),
) as Record<ThresholdKey, number>;
