/** Packets dropped and refused, with nft(8). Not every kernel has tc's netem. */
import type {BackendName, Lab} from './lab.ts';

export const nft = async (lab: Lab, host: BackendName | 'lb' | 'net', rules: string) => {
	if (lab.options.isOneHost) throw new Error('on one host there is no wire to drop packets from');
	await lab.network.inside(host, 'nft', rules);
};
export const forget = (lab: Lab, host: BackendName | 'net') => nft(lab, host, 'flush ruleset');
/** Rules for what passes the bridge: neither end can see that it was dropped. */
export const onTheWire = (lab: Lab, rules: string) =>
	nft(lab, 'net', `table bridge lab { chain wire { type filter hook forward priority 0; ${rules}; }; }`);
export const toAndFromB2 = (verdict: string) =>
	`iifname "b2" meta l4proto tcp ${verdict}; oifname "b2" meta l4proto tcp ${verdict}`;
export const SYN = 'tcp flags syn / syn,ack';
export const ONE_IN_FIVE = 'numgen random mod 100 < 20';
