/** What the rules find in a recording: the findings themselves, and as lines that a person can review. */
import {Detector} from '../../src/detect/detector.ts';
import {type Finding, severityGlyph} from '../../src/detect/finding.ts';
import {Fold} from '../../src/fold/fold.ts';
import {build} from '../../src/model/build.ts';
import {History} from '../../src/model/history.ts';
import type {Tick} from '../../src/reading.ts';
import {openRecording} from '../../src/recording/open.ts';

export type Event = {readonly time: number; readonly what: 'opened' | 'closed'; readonly finding: Finding};
export type Replayed = {readonly from: number; readonly to: number; readonly looks: number; readonly events: Event[]};

/** One pipeline from readings to findings, as live and replay use it. */
export function pipeline(): (tick: Tick) => Event[] {
	const fold = new Fold();
	const history = new History();
	const detector = new Detector();
	return (tick) => {
		const {opened, closed} = detector.assess(build(history.add(fold.fold(tick)), {source: 'recording'}));
		return [
			...closed.map((finding): Event => ({time: tick.time, what: 'closed', finding})),
			...opened.map((finding): Event => ({time: tick.time, what: 'opened', finding})),
		];
	};
}

export async function replay(path: string, source: 'auto' | 'text', listen?: (tick: Tick) => void): Promise<Replayed> {
	const recording = await openRecording(path, {source});
	const look = pipeline();
	const events: Event[] = [];
	let from = 0;
	let to = 0;
	let looks = 0;
	for await (const tick of recording.ticks()) {
		listen?.(tick);
		events.push(...look(tick));
		from ||= tick.time;
		to = tick.time;
		looks++;
	}
	recording.close();
	return {from, to, looks, events};
}

/** One line per finding that opens or closes: `+ 16.0 s  ✖ 10.77.0.12:8080 refused: 27 dials refused, …`. */
export function lines({from, to, looks, events}: Replayed): string {
	const all = events.map(({time, what, finding}) => {
		const at = `+${((time - from) / 1_000).toFixed(1).padStart(5)} s`;
		const where = finding.backend ?? 'traefik';
		if (what === 'closed') return `${at}    ${where} ${finding.rule} closed`;
		return `${at}  ${severityGlyph(finding.severity)} ${where} ${finding.rule}: ${finding.message}`;
	});
	return `${looks} looks over ${((to - from) / 1_000).toFixed(0)} s\n${all.map((line) => `${line}\n`).join('')}`;
}
