/** The real web servers that the lab can have behind Traefik, by name. */
import {apache} from './apache.ts';
import {go} from './go.ts';
import {gunicorn} from './gunicorn.ts';
import {haproxy} from './haproxy.ts';
import {httpServer} from './http-server.ts';
import {java} from './java.ts';
import {nginx} from './nginx.ts';
import {node} from './node.ts';
import {phpFpm} from './php-fpm.ts';
import type {Server} from './server.ts';
import {uvicorn} from './uvicorn.ts';
import {waitress} from './waitress.ts';

export const servers: Readonly<Record<string, Server>> = {
	gunicorn,
	uvicorn,
	apache,
	nginx,
	'php-fpm': phpFpm,
	haproxy,
	waitress,
	'http-server': httpServer,
	go,
	java,
	node,
};
