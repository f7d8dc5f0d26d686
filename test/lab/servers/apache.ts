import {application} from './application.ts';
import {commandMissing, commandPath} from './installed.ts';
import {behaviourFile, type Server, type Site} from './server.ts';

const MODULES = '/usr/lib/apache2/modules';

/** prefork keeps a process busy for as long as a connection lives, idle or not; event parks the idle ones. */
export const apache: Server = {
	about: 'prefork, or event with --threads 5; the application runs inside (mod_lua)',
	usual: {workers: 10, threads: 1},
	can: ['https', 'h2', 'close', 'reload', 'worker processes', 'backlog', 'waiting in the backlog'],
	reloadSignal: 'SIGUSR1',
	capacity: ({workers, threads}) => workers * threads,
	missing: () => commandMissing('apache2', 'apt install apache2'),
	plan: (site) => ({
		files: {...application('application.lua'), 'apache.conf': configuration(site)},
		commands: [[commandPath('apache2') ?? 'apache2', '-f', `${site.folder}/apache.conf`, '-DFOREGROUND']],
	}),
};

function configuration({name, folder, host, port, tuning, pem, isHttp2}: Site): string {
	const {workers, threads, backlog, keepAliveSeconds} = tuning;
	const isEvent = threads > 1;
	const modules = [
		isEvent ? 'mpm_event' : 'mpm_prefork',
		'authz_core',
		'env',
		'lua',
		...(pem === null ? [] : ['ssl']),
		...(isHttp2 ? ['http2'] : []),
	];
	const tls = pem === null ? '' : `SSLEngine on\nSSLCertificateFile ${pem}\nSSLSessionCache none\n`;
	return `ServerRoot ${folder}
ServerName lab
PidFile ${folder}/apache.pid
ErrorLog ${folder}/apache.log
Mutex sem
User www-data
Group www-data
${modules.map((module) => `LoadModule ${module}_module ${MODULES}/mod_${module}.so`).join('\n')}
Listen ${host.includes(':') ? `[${host}]` : host}:${port}
ServerLimit ${workers}
${isEvent ? `ThreadsPerChild ${threads}\nThreadLimit ${threads}\nMinSpareThreads 1\nMaxSpareThreads ${workers * threads}` : `MinSpareServers ${workers}\nMaxSpareServers ${workers}`}
StartServers ${workers}
MaxRequestWorkers ${workers * threads}
${backlog === null ? '' : `ListenBacklog ${backlog}`}
${keepAliveSeconds === null ? '' : keepAliveSeconds === 0 ? 'KeepAlive Off' : `KeepAliveTimeout ${keepAliveSeconds}`}
${isHttp2 ? 'Protocols h2 http/1.1' : ''}
${tls}SetEnv LAB_NAME ${name}
SetEnv LAB_BEHAVIOUR ${behaviourFile(folder)}
DocumentRoot ${folder}
LuaMapHandler ^/ ${folder}/application.lua handle
<Location "/">
	Require all granted
</Location>
`;
}
