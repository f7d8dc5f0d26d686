/** Control groups of our own: of version 2 where that has the controller, else of version 1. */
import {existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

type Controller = 'cpu' | 'memory';

export type ControlGroup = {
	add(pid: number): void;
	/** Of how many processors. */
	limitCpu(processors: number): void;
	limitMemory(bytes: number): void;
	/** Its processes, if there still are any, are put where new groups are made. */
	remove(): Promise<void>;
};

const MOUNT = '/sys/fs/cgroup';
const PERIOD_US = 100_000;

function parentOf(controller: Controller): {directory: string; version: 1 | 2} | null {
	const controllers = path.join(MOUNT, 'cgroup.subtree_control');
	if (existsSync(controllers) && readFileSync(controllers, 'utf8').split(/\s/).includes(controller)) {
		return {directory: MOUNT, version: 2};
	}
	const old = path.join(MOUNT, controller);
	const file = controller === 'cpu' ? 'cpu.shares' : 'memory.limit_in_bytes';
	return existsSync(path.join(old, file)) ? {directory: old, version: 1} : null;
}

/** null: one can be made. */
export function whyNoControlGroup(controller: Controller): string | null {
	const parent = parentOf(controller);
	if (parent === null) return `it needs a control group with the controller ${controller}`;
	const directory = path.join(parent.directory, `traefik-top-try-${process.pid}`);
	try {
		mkdirSync(directory);
		rmdirSync(directory);
		return null;
	} catch {
		return 'it needs the right to make control groups';
	}
}

export function makeControlGroup(controller: Controller, name: string): ControlGroup {
	const parent = parentOf(controller);
	if (parent === null) throw new Error(`there is no control group with the controller ${controller}`);
	const directory = path.join(parent.directory, `traefik-top-${process.pid}-${name}`);
	mkdirSync(directory, {recursive: true});
	const write = (file: string, value: number | string) => writeFileSync(path.join(directory, file), `${value}`);
	const isOld = parent.version === 1;
	return {
		add: (pid) => write('cgroup.procs', pid),
		limitCpu(processors) {
			const quota = Math.round(processors * PERIOD_US);
			if (isOld) write('cpu.cfs_quota_us', quota);
			else write('cpu.max', `${quota} ${PERIOD_US}`);
		},
		limitMemory: (bytes) => write(isOld ? 'memory.limit_in_bytes' : 'memory.max', bytes),
		async remove() {
			for (const pid of readFileSync(path.join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) {
				try {
					writeFileSync(path.join(parent.directory, 'cgroup.procs'), pid);
				} catch {
					// it has ended
				}
			}
			for (let tries = 0; tries < 50; tries++) {
				try {
					return rmdirSync(directory);
				} catch {
					await sleep(100);
				}
			}
		},
	};
}
