/** ss's names of the states, and ours. */
export const SS_STATES: Readonly<Record<string, string>> = {
	LISTEN: 'listen',
	ESTAB: 'established',
	'SYN-SENT': 'synSent',
	'SYN-RECV': 'synRecv',
	'FIN-WAIT-1': 'finWait1',
	'FIN-WAIT-2': 'finWait2',
	'TIME-WAIT': 'timeWait',
	'CLOSE-WAIT': 'closeWait',
	'LAST-ACK': 'lastAck',
	CLOSING: 'closing',
};
