import {NO_COUNTERS} from '../../../src/reading.ts';
import {B, type Facts, type LookSpec, OTHER, span, spanOf} from '../windows.ts';
import {type Variant, variants} from './variants.ts';

const quiet = {activeOpens: 0, attemptFails: 0};
const refusing = (dials: number) => ({activeOpens: dials, attemptFails: dials});
const lost: Facts = {vanished: 5, closed: 5};
const up = (backends: Record<string, Facts>, deltas = quiet): LookSpec => ({backends, deltas});
const before = span(5, up({[B]: {established: 5}, [OTHER]: {established: 5}}));
const other = {[OTHER]: {established: 5}};
const gone = (deltas: LookSpec['deltas'] = quiet): LookSpec[] => span(3, {backends: other, deltas});

/** B falls to `then`, and dials are refused from that look on. */
function fall(then: Facts, deltas: LookSpec['deltas'] = refusing(9), more: Partial<LookSpec> = {}): LookSpec[] {
	return [
		...before,
		{backends: {...other, [B]: then}, deltas, ...more},
		...gone(deltas).map((look) => ({...look, ...more})),
	];
}

variants('refused', [
	[
		'dials that ICMP refuses: no process, a firewall',
		fall(lost, {...refusing(9), inDestUnreachs: 9, outDestUnreachs: 0}),
		'down',
		/ICMP messages in 10 s said “destination unreachable”.*REJECT/,
	],
	[
		'dials to an address that this host itself cannot reach',
		fall(lost, {...refusing(9), inDestUnreachs: 9, outDestUnreachs: 9}),
		'down',
		/this host itself cannot reach/,
	],
	['an ICMP message of something else', fall(lost, {...refusing(9), inDestUnreachs: 1}), 'down', /nothing listens/],
	['a backend that lost all its connections while dials are refused', fall(lost), 'down', /^\d+ dials refused/],
	['the same without a refused dial', fall(lost, quiet), null],
	['dials that ended by themselves in SYN_SENT', fall({...lost, synVanished: 9}, quiet), null],
	['an idle pool that Traefik closed, beside a provider that is down', fall({timeWait: 5, closed: 0}), null],
	['half of the pool closed by Traefik', fall({timeWait: 3}), null],
	['less than half of it closed by Traefik', fall({timeWait: 2}), 'down'],
	['inbound half-open probes, which dial nothing', fall(lost, {activeOpens: 0, attemptFails: 20}), null],
	['refusals among as many dials that left a row', fall({...lost, opened: 9}, refusing(9)).slice(0, 7), null],
	['counters that are not to be had', fall(lost, NO_COUNTERS), null],
	[
		'two refused dials in a namespace that others dial from',
		fall(lost, refusing(0.5), {snapshot: {isShared: true}}),
		null,
	],
	['many refused dials in such a namespace', fall(lost, refusing(9), {snapshot: {isShared: true}}), 'down'],
	[
		'refusals that went on before as they do now',
		[...span(40, up({[B]: {established: 5}, ...other}, refusing(9))), ...fall(lost)],
		null,
	],
	['a backend that has a connection again', [...fall(lost), ...span(3, up({[B]: {established: 1}, ...other}))], null],
	['a backend that nobody dialled for 20 s', [...fall(lost), ...span(22, {backends: other, deltas: quiet})], null],
]);

const both: LookSpec[] = [
	...before,
	{backends: {[B]: lost, [OTHER]: lost}, deltas: refusing(9)},
	...span(3, {deltas: refusing(9)}),
];
variants('refused', [
	['two backends that fell at once, as the instance’s, by name', both, 'down', /10\.0\.0\.7:8080, 10\.0\.0\.8:8080/],
]);

/** Two backends without a connection between two requests, of which one has died: one refused dial each `every` looks. */
const sparse = (looks: number, every: number, more: LookSpec[] = []): LookSpec[] => [
	...before,
	{backends: {[B]: lost, [OTHER]: lost}, deltas: quiet},
	...span(looks, (i) => ({deltas: refusing(i % every === 0 ? 2 : 0)})),
	...more,
];
const otherAnswers = (looks: number) => span(looks, {backends: {[OTHER]: {established: 1, opened: 1}}, deltas: quiet});
variants('refused', [
	['two backends of which either may be between two requests', sparse(12, 3), null],
	[
		'both, once each should have been dialled twice',
		sparse(15, 3),
		'down',
		/10 dials refused; without a connection: 10.0.0.7/,
	],
	['the one that has not answered since the first refusal', sparse(6, 3, otherAnswers(3)), 'down', /4 dials refused/],
	[
		'nobody else for the refusals that went on before',
		sparse(6, 3, [
			...otherAnswers(4),
			{backends: {[OTHER]: {vanished: 1, closed: 1}}, deltas: quiet},
			...span(9, (i) => ({deltas: refusing(i % 3 === 0 ? 2 : 0)})),
		]),
		'down',
		/^\d+ dials refused in \d+ s, no connection left/,
	],
]);

const dialling: Facts = {synSent: 3, synRetransmitted: 1, oldestSynSentMs: 3_000};
const silent: Facts = {established: 6, moved: 0, retransmittingTwice: 3, retransmittingOnce: 3};
variants('unreachable', [
	['a dial that was sent again', spanOf(3, dialling), 'down', /3 dials unanswered for 3 s/],
	['a dial that was sent once', spanOf(3, {synSent: 3}), null],
	['half of the connections retransmitting twice', spanOf(3, silent), 'down', /3 connections retransmitting/],
	['less than half of them', spanOf(3, {...silent, established: 7}), null],
	['connections retransmitting once', spanOf(3, {...silent, retransmittingTwice: 0}), null],
	['unanswered keep-alive probes', spanOf(3, {established: 4, moved: 0, keepaliveUnanswered: 1}), 'down', /probes/],
	[
		'dials unanswered of which ICMP says why',
		span(3, {backends: {[B]: {synSent: 3, synRetransmitted: 2}}, deltas: {inDestUnreachs: 2}}),
		'down',
		/a router has no route to this address, or a firewall prohibits it/,
	],
	[
		'dials unanswered while the host acknowledges',
		spanOf(3, {established: 4, moved: 0, synSent: 3, synRetransmitted: 2, freshestAckMs: 100}),
		null,
	],
	[
		'rows left of an outage, after an answer',
		[
			...spanOf(3, {established: 4}),
			...spanOf(3, {
				established: 0,
				synSent: 3,
				synRetransmitted: 3,
				synRetransmittedYoung: 0,
				oldestSynSentMs: 29_000,
			}),
		],
		null,
	],
	['the same while an answer came (text tables)', spanOf(3, {...dialling, established: 4, moved: 1}), null],
	['the same while an answer came (tcp_info)', spanOf(3, {...dialling, established: 4, moved: 0, info: {}}), null],
	['a dial sent again beside connections that came and went', spanOf(3, {...dialling, closed: 4}), null],
	['a dial sent again beside dials that were given up', spanOf(3, {...dialling, closed: 4, synVanished: 4}), 'down'],
] satisfies Variant[]);

const trying = (count: number, facts: Facts = {synSent: 2}) => [
	...spanOf(2, {established: 5}),
	...spanOf(count, facts),
];
variants('no-established', [
	['nothing but dials for 5 s', trying(5), 'down', /no connection for 5 s, 2 dials under way/],
	['an idle pool that expired', trying(8, {timeWait: 5}), null],
	['a removed backend', trying(8, {}), null],
	['a dial that was not there at every look', [...trying(3), ...spanOf(1, {}), ...spanOf(2, {synSent: 2})], null],
	['a backend that never had a connection', spanOf(8, {synSent: 2}), null],
	['a backend that is said to be unreachable', trying(8, {synSent: 2, synRetransmitted: 2}), null],
]);
