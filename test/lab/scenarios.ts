/** What can happen in the lab, by name. */
import {faults} from './faults.ts';
import {healthyEvents} from './healthy-events.ts';
import type {Scenario} from './scenario.ts';

export const scenarios: Readonly<Record<string, Scenario>> = {...faults, ...healthyEvents};
