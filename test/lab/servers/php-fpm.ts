import {application} from './application.ts';
import {commandMissing, commandPath} from './installed.ts';
import {nginxCommand, nginxConfiguration} from './nginx.ts';
import {behaviourFile, type Server, type Site} from './server.ts';

const NAMES = ['php-fpm', 'php-fpm8.2', 'php-fpm8.3', 'php-fpm8.4'];

/** nginx accepts whatever comes; requests then wait for one of the children. */
export const phpFpm: Server = {
	about: 'PHP: nginx before a static pool of children',
	usual: {workers: 5, threads: 1},
	can: ['https', 'h2', 'close', 'reload', 'worker processes', 'backlog'],
	reloadSignal: 'SIGUSR2',
	capacity: ({workers}) => workers,
	missing: () =>
		commandPath(...NAMES) === null
			? 'php-fpm is missing (apt install php-fpm)'
			: commandMissing('nginx', 'apt install nginx'),
	plan: (site) => ({
		files: {
			...application('index.php'),
			'php-fpm.conf': pool(site),
			'nginx.conf': nginxConfiguration({...site, tuning: {...site.tuning, workers: 1}}, fastcgi(site)),
		},
		commands: [
			[commandPath(...NAMES) ?? 'php-fpm', '-F', '-R', '-y', `${site.folder}/php-fpm.conf`],
			nginxCommand(site),
		],
	}),
};

function pool({folder, tuning}: Site): string {
	return `[global]
error_log = ${folder}/php-fpm.log
daemonize = no
process_control_timeout = 10s
[www]
user = root
group = root
listen = ${folder}/php.sock
listen.backlog = 511
pm = static
pm.max_children = ${tuning.workers}
`;
}

function fastcgi({name, folder}: Site): string {
	return `
	server {
		@LISTEN
		location / {
			include /etc/nginx/fastcgi_params;
			fastcgi_pass unix:${folder}/php.sock;
			fastcgi_param SCRIPT_FILENAME ${folder}/index.php;
			fastcgi_param LAB_NAME ${name};
			fastcgi_param LAB_BEHAVIOUR ${behaviourFile(folder)};
			fastcgi_read_timeout 120s;
			fastcgi_buffering off;
		}
	}`;
}
