import {commandMissing, commandPath} from './installed.ts';
import type {Server, Site} from './server.ts';

/** As nginx before the lab's own backend, but it passes only this many requests on at a time and queues the others. */
export const haproxy: Server = {
	about: 'before an application of its own, which it gives --workers requests at a time',
	usual: {workers: 8, threads: 1},
	can: ['https', 'h2', 'websockets', 'close', 'reload', 'backlog', 'connections'],
	reloadSignal: 'SIGUSR2',
	capacity: ({workers}) => workers,
	missing: () => commandMissing('haproxy', 'apt install haproxy'),
	plan: (site) => ({
		files: {'haproxy.cfg': configuration(site)},
		commands: [[commandPath('haproxy') ?? 'haproxy', '-W', '-db', '-f', `${site.folder}/haproxy.cfg`]],
		application: {socket: `${site.folder}/app.sock`},
	}),
};

function configuration({folder, host, port, tuning, pem, isHttp2}: Site): string {
	const {workers, threads, backlog, keepAliveSeconds, connections} = tuning;
	const tls = pem === null ? '' : ` ssl crt ${pem} alpn ${isHttp2 ? 'h2,' : ''}http/1.1`;
	const lines = [
		`bind ${host}:${port}${tls}${backlog === null ? '' : ` backlog ${backlog}`}`,
		...(keepAliveSeconds === null ? [] : [keepAliveSeconds === 0 ? 'option httpclose' : keepAlive(keepAliveSeconds)]),
		...(connections === null ? [] : [`tcp-request connection reject if { fe_conn gt ${connections} }`]),
	];
	return `global
	nbthread ${threads}
	maxconn 4000
	log stderr format raw local0 warning
defaults
	mode http
	timeout connect 5s
	timeout client 120s
	timeout server 120s
	timeout queue 120s
	timeout tunnel 1h
frontend lab
	${lines.join('\n\t')}
	default_backend application
backend application
	server application unix@${folder}/app.sock maxconn ${workers}
`;
}

const keepAlive = (seconds: number) => `timeout http-keep-alive ${seconds}s`;
