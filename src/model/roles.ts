/**
What a well-known port suggests a remote may be, when Traefik dials it for itself and not for a client: providers,
certificate authorities, tracing and metrics receivers, name servers. A hint beside the address, never a verdict: the
user says `--ignore`.
*/
const ROLES: ReadonlyMap<number, string> = new Map([
	[53, 'DNS?'],
	[2375, 'Docker API?'],
	[2376, 'Docker API?'],
	[2379, 'etcd?'],
	[2181, 'ZooKeeper?'],
	[4317, 'OTLP?'],
	[4318, 'OTLP?'],
	[4646, 'Nomad API?'],
	[6379, 'Redis?'],
	[6443, 'Kubernetes API?'],
	[8125, 'StatsD?'],
	[8126, 'Datadog?'],
	[8500, 'Consul?'],
	[8501, 'Consul?'],
	[9411, 'Zipkin?'],
	[14268, 'Jaeger?'],
]);

/** `Consul?` for 10.0.0.9:8500; null for what looks like any backend. */
export function roleOf(address: string): string | null {
	return ROLES.get(Number(address.slice(address.lastIndexOf(':') + 1))) ?? null;
}
