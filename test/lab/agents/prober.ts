/**
An L4 balancer that checks whether a port is open: SYN, wait for SYN-ACK, RST. Its namespace drops bare ACKs on their way out,
so the other side never leaves SYN_RECV although our own connect() has succeeded.
*/
import net from 'node:net';
import {agentOptions, obey} from './order.ts';

export type ProberOptions = {readonly host: string; readonly port: number; readonly rate: number};

const {host, port, rate} = agentOptions<ProberOptions>();
obey<never>(() => {});
setInterval(() => {
	const socket = net.connect({host, port});
	socket.on('connect', () => socket.resetAndDestroy());
	socket.on('error', () => socket.destroy());
}, 1000 / rate);
