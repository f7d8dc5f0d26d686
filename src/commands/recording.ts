import type {CaptureWriter} from '../capture/writer.ts';
import {say} from './print.ts';

/** Says each time that the file of a recording was taken away, and where the recording goes on. */
export function faultTeller(writer: Pick<CaptureWriter, 'faults' | 'fault'>): () => void {
	let said = 0;
	return () => {
		if (writer.faults > said && writer.fault !== null) say(writer.fault);
		said = writer.faults;
	};
}
