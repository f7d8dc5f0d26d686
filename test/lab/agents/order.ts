/** Says that this agent is ready, obeys orders, and dies with whoever started it. */
export function obey<Order>(handle: (order: Order) => void): void {
	process.on('message', (order) => handle(order as Order));
	process.on('disconnect', () => process.exit(0));
	process.send?.('ready');
}

export function tell(news: object): void {
	if (process.connected) process.send?.(news);
}

/** The agent's options, its only argument. */
export function agentOptions<Options>(): Options {
	return JSON.parse(process.argv[2] ?? '{}') as Options;
}
