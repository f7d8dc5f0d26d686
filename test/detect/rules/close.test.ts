import {type Facts, type LookSpec, span, spanOf} from '../windows.ts';
import {variants} from './variants.ts';

const old: Facts = {established: 5, closeWait: 4, oldestCloseWaitMs: 74_000};
variants('close-wait', [
	['sockets that stay', spanOf(1, old), 'degraded', /^4 sockets, oldest 74 s/],
	['none', spanOf(3, {established: 5}), null],
	['young ones', spanOf(3, {...old, oldestCloseWaitMs: 59_999}), null],
	['ages that are not known yet', spanOf(3, {...old, oldestCloseWaitMs: null}), null],
	[
		'data that is not read: the client is slow',
		spanOf(1, {...old, closeWaitData: 3, closeWaitEmpty: 1}),
		'degraded',
		/clients read slowly/,
	],
	['half-closed upgrades', spanOf(1, {...old, closeWaitEmpty: 3, closeWaitFinOnly: 1}), 'degraded', /WebSocket/],
	['a FIN that is not read', spanOf(1, {...old, closeWaitFinOnly: 4}), 'degraded', /Traefik owes the close/],
	[
		'data that is not read while Traefik accepts nobody',
		spanOf(1, {...old, closeWaitData: 4}).map((look): LookSpec => ({...look, acceptQueue: 2})),
		'degraded',
		/look at Traefik/,
	],
	[
		'the backend’s own end',
		spanOf(1, {established: 5, peerCloseWait: 7, oldestPeerCloseWaitMs: 60_000}),
		'degraded',
		/^7 sockets on the backend’s own end, oldest 60 s .*the application leaks/,
	],
	['its own end, young', spanOf(1, {established: 5, peerCloseWait: 7, oldestPeerCloseWaitMs: 59_999}), null],
	['its own end without any', spanOf(1, {established: 5, peerCloseWait: 0, oldestPeerCloseWaitMs: null}), null],
	[
		'both ends, for the one that Traefik owes',
		spanOf(1, {...old, closeWaitFinOnly: 4, peerCloseWait: 7, oldestPeerCloseWaitMs: 60_000}),
		'degraded',
		/^4 sockets/,
	],
]);

const leaking: Facts = {established: 5, finWait2: 3, finWait2Orphans: 3, oldestFinWait2OrphanMs: 5_000};
variants('leak', [
	['ownerless FIN_WAIT2 that stays', spanOf(3, leaking), 'degraded', /^3 connections that the backend never closed/],
	['FIN_WAIT2 with an owner, a half-close', spanOf(3, {established: 5, finWait2: 9}), null],
	['two of them, however old', spanOf(3, {...leaking, finWait2Orphans: 2, oldestFinWait2OrphanMs: 50_000}), null],
	['many young ones', spanOf(3, {...leaking, finWait2Orphans: 40, oldestFinWait2OrphanMs: 1_999}), null],
	['one look alone', spanOf(1, leaking), null],
	[
		'rows left of a leak that has ended',
		spanOf(3, {...leaking, youngestFinWait2OrphanMs: 20_000, oldestFinWait2OrphanMs: 30_000}),
		null,
	],
	[
		'rare ones, the newest as young as they are rare',
		spanOf(3, {...leaking, youngestFinWait2OrphanMs: 15_000, oldestFinWait2OrphanMs: 55_000}),
		'degraded',
	],
	[
		'the same where the backend’s own end tells who owes the close',
		spanOf(3, {...leaking, peerCloseWait: 7, oldestPeerCloseWaitMs: 60_000}),
		null,
	],
	[
		'a backend that does not accept',
		spanOf(3, {...leaking, peerAcceptQueue: 3}).concat(spanOf(1, {...leaking, peerAcceptQueue: 3})),
		null,
	],
]);

const queue = (...lengths: (number | null)[]) =>
	lengths.flatMap((peerAcceptQueue) => spanOf(1, {established: 5, peerAcceptQueue}));
variants('accept-queue', [
	['a queue that grows', queue(0, 1, 5, 9), 'degraded', /^9 connections not accepted/],
	['a queue that stays', queue(0, 3, 3, 3), 'degraded'],
	['a queue that shrinks', queue(0, 9, 8, 7), null],
	['a queue that comes and goes', queue(0, 3, 0, 3, 0, 3), null],
	['a queue that shrank between', queue(0, 3, 2, 3), null],
	['an empty one', queue(0, 0, 0, 0), null],
	['one that cannot be seen', queue(null, null, null, null), null],
	[
		'a queue with a limit, and says it',
		spanOf(4, {established: 5, peerAcceptQueue: 3, peerAcceptLimit: 128}),
		'degraded',
		/room for 128/,
	],
]);

variants('traefik-stopped', [
	['clients that wait look after look', span(4, {acceptQueue: 2}), 'down', /^2 clients not accepted on \[::\]:80/],
	['clients in one look', [...span(3, {}), ...span(1, {acceptQueue: 40})], null],
	['fifty clients, more than a look before', [...span(2, {}), {acceptQueue: 20}, {acceptQueue: 50}], 'down'],
	['forty-nine', [...span(2, {}), {acceptQueue: 20}, {acceptQueue: 49}], null],
	['fifty at once, a burst', [...span(3, {}), {acceptQueue: 50}], null],
	['an empty queue', span(5, {}), null],
]);
