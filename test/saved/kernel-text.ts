/** Kernel text for tests, in the kernel's own layout. */

export const HEAD4 =
	'  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n';
export const HEAD6 =
	'  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

/** An established dial 10.77.0.2:`port` → 10.77.0.12:8080. */
export function row4(port: number, inode: number, state = '01'): string {
	const local = `02004D0A:${port.toString(16).toUpperCase().padStart(4, '0')}`;
	const body = `   0: ${local} 0C004D0A:1F90 ${state} 00000000:00000000 02:00000900 00000000     0        0 ${inode} 4 000000008a1bfee1 22 4 23 10 -1`;
	return `${body.padEnd(149)}\n`;
}

/** The listener [::]:80. */
export const LISTEN6 =
	'   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 475286 1 0000000049b2fa4f 100 0 0 10 0\n';

/** What ss says of the same dial. */
export function ss4(port: number, inode: number, bytesSent: number): string {
	return `ESTAB  0      0               10.77.0.2:${port}           10.77.0.12:8080  timer:(keepalive,23sec,0) ino:${inode} sk:ad47 cgroup:/ <-> ts sack cubic wscale:10,10 rto:224 rtt:20.764/1.145 ato:40 mss:1448 pmtu:1500 rcvmss:536 advmss:1448 cwnd:10 bytes_sent:${bytesSent} bytes_acked:${bytesSent + 1} bytes_received:6298 segs_out:86 segs_in:51 data_segs_out:47 data_segs_in:47 send 5578887bps lastsnd:84 lastrcv:64 lastack:64 pacing_rate 11157568bps delivery_rate 282536584bps delivered:48 app_limited busy:964ms rcv_space:14480 rcv_ssthresh:64088 minrtt:0.041 snd_wnd:65536              \n`;
}

export const SNMP =
	'Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors\nTcp: 1 200 120000 -1 15 12 3 0 27 1736 1923 7 0 0 0\n';
