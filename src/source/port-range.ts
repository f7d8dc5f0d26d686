/** The ephemeral ports of a network namespace. /proc/sys/net is the reader's, whatever process it is asked through. */
import type {PortRange} from '../reading.ts';
import {trySmall} from './proc-file.ts';

const FILE = '/proc/sys/net/ipv4/ip_local_port_range';

/** The kernel's own default (net/ipv4/af_inet.c inet_init_net). */
export const ASSUMED_PORTS: PortRange = {low: 32768, high: 60999, isAssumed: true};

/** Of the namespace that the calling thread is in; null: it cannot be read. */
export function readPortRange(): PortRange | null {
	return parsePortRange(trySmall(FILE) ?? '');
}

export function parsePortRange(text: string): PortRange | null {
	const [low = Number.NaN, high = Number.NaN] = text.trim().split(/\s+/).map(Number);
	const isRange = Number.isInteger(low) && Number.isInteger(high) && low > 0 && low <= high && high <= 65535;
	return isRange ? {low, high, isAssumed: false} : null;
}
