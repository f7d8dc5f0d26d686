/** The ephemeral ports of a network namespace. /proc/sys/net is the reader's, whatever process it is asked through. */
import {ASSUMED_PORTS, type PortRange} from '../reading.ts';
import {trySmall} from '../system/proc-file.ts';
import {lookFromInside} from './namespace.ts';

const FILE = '/proc/sys/net/ipv4/ip_local_port_range';

/**
The range of the namespace that `pid` is in; `isOurs`: it is the calling thread's. To read another one's the thread has
to be in it for a moment, which takes root.
*/
export function portRangeOf(pid: number, isOurs: boolean, procRoot: string): PortRange {
	const read = () => parsePortRange(trySmall(FILE) ?? '');
	if (isOurs) return read() ?? ASSUMED_PORTS;
	const range = lookFromInside(pid, read, {procRoot});
	return range === null || 'problem' in range ? ASSUMED_PORTS : range;
}

export function parsePortRange(text: string): PortRange | null {
	const [low = Number.NaN, high = Number.NaN] = text.trim().split(/\s+/).map(Number);
	const isRange = Number.isInteger(low) && Number.isInteger(high) && low > 0 && low <= high && high <= 65535;
	return isRange ? {low, high, isAssumed: false} : null;
}
