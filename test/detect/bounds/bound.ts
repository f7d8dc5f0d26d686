import type {Severity} from '../../../src/detect/finding.ts';
import type {Thresholds} from '../../../src/detect/thresholds.ts';
import type {LookSpec} from '../windows.ts';

/** Where a rule turns on one number. */
export type Bound = {
	/** Looks in which the number that the threshold is compared with is `quantity`, all else being far from it. */
	readonly looks: (quantity: number) => LookSpec[];
	/** A difference just big enough to matter. */
	readonly step: number;
	/** 'over': the default itself is not enough. 'under': what is above the default does not fire. */
	readonly sense?: 'over' | 'under';
	/** The finding has this severity only from the threshold on. */
	readonly severity?: Severity;
	/** Others that must not stand in the way. */
	readonly thresholds?: Partial<Thresholds>;
};
