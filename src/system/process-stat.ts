/** The columns of /proc/PID/stat that we use (proc(5), fs/proc/array.c do_task_stat). */

export type ProcessStat = {
	/** At most 15 bytes: the kernel cuts longer names (TASK_COMM_LEN). */
	readonly comm: string;
	/** R, S, D, T, Z and so on. */
	readonly state: string;
	readonly ppid: number;
	readonly isZombie: boolean;
	readonly isKernelThread: boolean;
	/** Clock ticks (1/100 s) after boot; survives exec, so with the pid it names one process for good. */
	readonly startTicks: number;
	/** CPU time in user and kernel mode, in clock ticks. */
	readonly cpuTicks: number;
};

/** USER_HZ: 100 on every architecture that Node runs on. */
export const TICKS_PER_SECOND = 100;

/** PF_KTHREAD of include/linux/sched.h. */
const KERNEL_THREAD = 0x00200000;

/** null when the text is not a stat line. The name may hold spaces and parentheses: it ends at the last one. */
export function parseStat(text: string): ProcessStat | null {
	const open = text.indexOf('(');
	const close = text.lastIndexOf(')');
	if (open < 0 || close < open) return null;
	const columns = text.slice(close + 2).split(' ', 20);
	const [state, ppid] = columns;
	const startTicks = Number(columns[19]);
	if (state === undefined || ppid === undefined || !Number.isSafeInteger(startTicks)) return null;
	return {
		comm: text.slice(open + 1, close),
		state,
		ppid: Number(ppid),
		isZombie: state === 'Z' || state === 'X',
		isKernelThread: (Number(columns[6]) & KERNEL_THREAD) !== 0,
		startTicks,
		cpuTicks: Number(columns[11]) + Number(columns[12]),
	};
}
