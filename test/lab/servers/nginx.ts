import {commandMissing, commandPath} from './installed.ts';
import type {Server, Site} from './server.ts';

const SOCKET = 'app.sock';

/** A reverse proxy before the lab's own backend. `worker_connections` counts those to the application, too. */
export const nginx: Server = {
	about: 'before an application of its own, which it reaches over a Unix socket',
	usual: {workers: 2, threads: 1},
	can: ['https', 'h2', 'websockets', 'close', 'reload', 'worker processes', 'backlog', 'connections'],
	reloadSignal: 'SIGHUP',
	capacity: () => null,
	missing: () => commandMissing('nginx', 'apt install nginx'),
	plan: (site) => ({
		files: {'nginx.conf': nginxConfiguration(site, PROXY)},
		commands: [nginxCommand(site)],
		application: {socket: `${site.folder}/${SOCKET}`},
	}),
};

const PROXY = `
	map $http_upgrade $connection_header { default upgrade; '' ''; }
	upstream application { server unix:${SOCKET}; keepalive 32; }
	server {
		@LISTEN
		location / {
			proxy_pass http://application;
			proxy_http_version 1.1;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection $connection_header;
			proxy_read_timeout 120s;
			proxy_buffering off;
			proxy_request_buffering off;
		}
	}`;

export function nginxCommand({folder}: Site): string[] {
	return [commandPath('nginx') ?? 'nginx', '-p', folder, '-c', `${folder}/nginx.conf`, '-e', `${folder}/nginx.log`];
}

/** `@LISTEN` in `servers` becomes the directives for the site's address and its tuning. */
export function nginxConfiguration({folder, host, port, tuning, pem, isHttp2}: Site, servers: string): string {
	const {workers, backlog, keepAliveSeconds, connections} = tuning;
	const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
	const tls = pem === null ? '' : ` ssl${isHttp2 ? ' http2' : ''}`;
	const listen = [
		`listen ${address}${tls} reuseport${backlog === null ? '' : ` backlog=${backlog}`};`,
		...(pem === null ? [] : [`ssl_certificate ${pem}; ssl_certificate_key ${pem};`]),
		...(keepAliveSeconds === null ? [] : [`keepalive_timeout ${keepAliveSeconds}s;`]),
	].join('\n\t\t');
	return `daemon off;
user root;
pid ${folder}/nginx.pid;
worker_processes ${workers};
events { worker_connections ${connections ?? 1024}; }
http {
	access_log off;
	client_max_body_size 1g;
	client_body_temp_path ${folder}/body;
	proxy_temp_path ${folder}/proxy;
	fastcgi_temp_path ${folder}/fastcgi;
	uwsgi_temp_path ${folder}/uwsgi;
	scgi_temp_path ${folder}/scgi;
	${servers.replaceAll(`unix:${SOCKET}`, `unix:${folder}/${SOCKET}`).replace('@LISTEN', listen).trim()}
}
`;
}
