/** The sockets of the backend that is open on screen. */
import type {SocketRow} from '../../fold/socket-row.ts';

export type OpenSockets = {
	readonly instance: string;
	readonly address: string;
	readonly rows: readonly SocketRow[];
};
