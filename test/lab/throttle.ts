/** A CPU quota for the processes of a backend: a control group of version 2 where that has the controller, else of version 1. */
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {Backend} from './backend-process.ts';

/** The shortest quota that the kernel takes, of a period of 100 ms. */
const QUOTA_US = 1_000;
const PERIOD_US = 100_000;

/** Where groups with a CPU quota can be made; null: nowhere. */
function root(): string | null {
	const [version2, version1] = ['/sys/fs/cgroup', '/sys/fs/cgroup/cpu'];
	const controllers = path.join(version2, 'cgroup.controllers');
	if (existsSync(controllers) && readFileSync(controllers, 'utf8').split(/\s/).includes('cpu')) return version2;
	return existsSync(path.join(version1, 'cpu.cfs_quota_us')) || existsSync(path.join(version1, 'cgroup.procs'))
		? version1
		: null;
}

export function whyNoThrottle(): string | null {
	return root() === null ? 'it needs a control group with the cpu controller' : null;
}

export function throttle({name, pid, workers}: Backend): void {
	const under = root();
	if (under === null) throw new Error('there is no control group with the cpu controller');
	const group = path.join(under, `traefik-top-lab-${process.pid}-${name}`);
	mkdirSync(group, {recursive: true});
	if (under.endsWith('/cpu')) {
		writeFileSync(path.join(group, 'cpu.cfs_period_us'), `${PERIOD_US}`);
		writeFileSync(path.join(group, 'cpu.cfs_quota_us'), `${QUOTA_US}`);
	} else writeFileSync(path.join(group, 'cpu.max'), `${QUOTA_US} ${PERIOD_US}`);
	for (const each of [pid, ...workers]) writeFileSync(path.join(group, 'cgroup.procs'), `${each}`);
}

/** The group stays until its last process ends; without a quota it does nothing. */
export function unthrottle({name}: Backend): void {
	const under = root();
	if (under === null) return;
	const group = path.join(under, `traefik-top-lab-${process.pid}-${name}`);
	if (under.endsWith('/cpu')) writeFileSync(path.join(group, 'cpu.cfs_quota_us'), '-1');
	else writeFileSync(path.join(group, 'cpu.max'), 'max');
}
