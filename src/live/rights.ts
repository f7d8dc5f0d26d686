/** Whether this process may enter the network namespaces of others. */
import {trySmall} from '../system/proc-file.ts';

/** Bits of CapEff (include/uapi/linux/capability.h): setns takes the one, /proc/PID/ns of another user the other. */
const CAP_SYS_PTRACE = 19n;
const CAP_SYS_ADMIN = 21n;

/** null: it may; else what is missing, one clause. `status` is the text of /proc/self/status. */
export function whyNoNamespaces(status: string = trySmall('/proc/self/status') ?? ''): string | null {
	const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]{1,16})$/m.exec(status)?.[1] ?? '0'}`);
	const missing = [
		...((mask >> CAP_SYS_ADMIN) & 1n ? [] : ['CAP_SYS_ADMIN']),
		...((mask >> CAP_SYS_PTRACE) & 1n ? [] : ['CAP_SYS_PTRACE']),
	];
	return missing.length === 0 ? null : `entering them takes root, or ${missing.join(' and ')}`;
}
