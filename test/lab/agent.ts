import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import path from 'node:path';
import type {Host, Network} from './network.ts';

const AGENTS = path.join(import.meta.dirname, 'agents');

/** One of the lab's own programs, running in a host's namespace; orders go to it and news come from it over IPC. */
export type Agent<Order extends object, News extends object> = {
	readonly pid: number;
	send(order: Order): void;
	onNews(listener: (news: News) => void): void;
	/** Sends an order and waits for the next news. */
	ask(order: Order): Promise<News>;
	kill(signal?: NodeJS.Signals): void;
	readonly exited: Promise<unknown>;
};

/** Starts `agents/NAME.ts` with one JSON argument and waits until it says that it is ready. */
export async function startAgent<Order extends object, News extends object>(
	network: Network,
	host: Host,
	name: string,
	options: object,
): Promise<Agent<Order, News>> {
	const child = spawn(
		'ip',
		[
			'netns',
			'exec',
			network.namespace(host),
			process.execPath,
			path.join(AGENTS, `${name}.ts`),
			JSON.stringify(options),
		],
		{stdio: ['ignore', 'ignore', 'inherit', 'ipc'], detached: true},
	);
	const exited = once(child, 'exit');
	const first = await Promise.race([once(child, 'message'), exited]);
	if (first[0] !== 'ready') throw new Error(`the lab's ${name} on ${host} did not start`);
	return {
		pid: processId(child),
		send: (order) => void child.send(order),
		onNews: (listener) => void child.on('message', listener as (message: unknown) => void),
		ask: async (order) => {
			const answer = once(child, 'message');
			child.send(order);
			const [news] = await Promise.race([
				answer,
				exited.then(() => Promise.reject(new Error(`${name} on ${host} is gone`))),
			]);
			return news as News;
		},
		kill: (signal = 'SIGKILL') => void child.kill(signal),
		exited,
	};
}

function processId(child: ChildProcess): number {
	if (child.pid === undefined) throw new Error('the child has no process id');
	return child.pid;
}
