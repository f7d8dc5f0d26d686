/** What a scenario is, and the usual kinds of it. */
import type {Stream} from './agents/load.ts';
import type {BackendName, Lab, LabOptions} from './lab.ts';
import type {Feature} from './servers/server.ts';

export type Scenario = {
	readonly about: string;
	/** What a monitor should say: as in truth.json. */
	readonly expect: 'alarm' | 'quiet' | 'brief' | 'slow-clients' | 'half-closed';
	readonly options?: Partial<LabOptions>;
	/** What the backends must be able to do. */
	readonly needs?: readonly Feature[];
	/** Requests that last, each of which keeps a worker busy. */
	readonly holds?: number;
	/** Before the fault: traffic that it needs. */
	readonly before?: (lab: Lab) => void | Promise<void>;
	readonly on?: (lab: Lab) => void | Promise<void>;
	readonly off?: (lab: Lab) => void | Promise<void>;
};

/** A fault of b2. */
export function fault(about: string, on: Scenario['on'], off: Scenario['off'], more: Partial<Scenario> = {}): Scenario {
	return faultOf((lab) => lab.backends.b2.address, about, on, off, more);
}

export function faultOf(
	guilty: (lab: Lab) => string | null,
	about: string,
	on: Scenario['on'],
	off: Scenario['off'],
	more: Partial<Scenario> = {},
): Scenario {
	const details = (lab: Lab) => {
		const backend = guilty(lab);
		return {fault: about, ...(backend !== null && {backend})};
	};
	return {
		about,
		expect: 'alarm',
		...more,
		on: async (lab) => {
			lab.note('fault_on', details(lab));
			await on?.(lab);
		},
		off: async (lab) => {
			await off?.(lab);
			lab.note('fault_off', details(lab));
		},
	};
}

export function healthy(
	about: string,
	on?: Scenario['on'],
	off?: Scenario['off'],
	more: Partial<Scenario> = {},
): Scenario {
	return {about, expect: 'quiet', ...(on && {on}), ...(off && {off}), ...more};
}

/** Traffic that begins and ends with the event. */
export function traffic(about: string, stream: Stream, more: Partial<Scenario> = {}): Scenario {
	const holds = 'count' in stream ? {holds: stream.count} : {};
	return healthy(
		about,
		(lab) => {
			lab.note(`${stream.name}_start`);
			lab.load.start(stream);
		},
		(lab) => {
			lab.load.stop(stream.name);
			lab.note(`${stream.name}_stop`);
		},
		{...holds, ...more},
	);
}

/** The same traffic, there before the fault. */
export function carrying(stream: Stream): Pick<Scenario, 'before'> {
	return {before: (lab) => lab.load.start(stream)};
}

/** Those that Traefik knows. */
export function names(lab: Lab): BackendName[] {
	return (['b1', 'b2', 'b3', 'b4'] as const).filter((name) => name in lab.routing.servers);
}

export function without(servers: Readonly<Record<string, string>>, name: string): Record<string, string> {
	return Object.fromEntries(Object.entries(servers).filter(([key]) => key !== name));
}
