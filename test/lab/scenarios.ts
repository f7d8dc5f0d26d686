/** What can happen in the lab, by name. */
import {faults} from './faults.ts';
import {healthyEvents} from './healthy-events.ts';
import type {Scenario} from './scenario.ts';
import {serverFaults} from './server-faults.ts';

export const scenarios: Readonly<Record<string, Scenario>> = {...faults, ...serverFaults, ...healthyEvents};
