/** What each finding means, in a sentence, for the help; docs/rules.md says more. */
import type {RuleId} from '../../finding.ts';

export const RULE_WORDS: Readonly<Record<RuleId, string>> = {
	'premature-close': 'connections are accepted and closed or reset without an answer',
	refused: 'dials are refused: nothing listens at that address',
	'crash-loop': 'the backend dies again and again and is back each time',
	unreachable: 'dials and data are not answered at all: host, route or firewall',
	'no-established': 'Traefik keeps trying and has no connection; nothing more is known',
	hung: 'requests wait and none is answered',
	overload: 'all workers are busy: answers are late, some requests wait long, new connections are not taken',
	slow: 'answers come, but take a multiple of what is usual for this backend',
	stalled: 'sent data is not acknowledged, or the backend does not read it',
	fds: 'file descriptors have run out: new connections are not answered while old ones work',
	'accept-queue': 'the backend leaves new connections unaccepted',
	partial: 'a share of dials or requests fails while the rest works',
	'close-wait': 'the other end closed a connection and this end has kept it open for too long',
	leak: 'Traefik closed connections that the backend never closes',
	churn: 'connections are opened again and again and none survives: no keep-alive',
	pool: 'connections are closed and dialled again because the keep-alive pool is small',
	'time-wait': 'many closed connections linger: connections are not reused; normal in itself',
	ports: 'local ports towards this backend are running out',
	loss: 'packets are lost: data is sent again',
	'traefik-stopped': 'Traefik does not accept its own clients',
	drift: 'a slow trend that will cross a limit if it goes on',
	blind: 'something cannot be seen; the message says what and why',
};
