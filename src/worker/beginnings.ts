/**
Since when a finding is open. The state at an instant is made of the 15 minutes before it, so one that is older seems to
begin with them; the scan of the whole recording knows better, as far as it has come.
*/
import type {Assessment, BackendAssessment, InstanceAssessment} from '../detect/assessment.ts';
import {byGravity} from '../detect/detector.ts';
import type {Finding} from '../detect/finding.ts';
import {LOOKBACK_MS} from '../snapshot.ts';

export class Beginnings {
	/** By place, in the order of time. */
	readonly #marks = new Map<string, Finding[]>();
	/** Unix ms up to which the recording has been scanned. */
	readonly #until: number;

	constructor(marks: Iterable<Finding>, until: number) {
		this.#until = until;
		for (const mark of marks) {
			const place = placeOf(mark);
			const list = this.#marks.get(place);
			if (list === undefined) this.#marks.set(place, [mark]);
			else list.push(mark);
		}
	}

	/** The same findings, from when they were first seen; `time` is that of the look, Unix ms. */
	correct(assessment: Assessment, time: number): Assessment {
		if (this.#marks.size === 0) return assessment;
		const of = (findings: readonly Finding[]) => findings.map((finding) => this.#of(finding)).sort(byGravity);
		// a state that began when such a finding seemed to begin did so with it
		const began = new Map(assessment.open.map((finding) => [finding.from, this.#of(finding).from]));
		const sinceOf = (since: number) => Math.min(since, Math.max(time - LOOKBACK_MS, began.get(since) ?? since));
		const verdict = <T extends BackendAssessment>(one: T): T => ({
			...one,
			since: sinceOf(one.since),
			findings: of(one.findings),
		});
		const instances = new Map<string, InstanceAssessment>();
		for (const [id, instance] of assessment.instances) {
			const backends = new Map([...instance.backends].map(([address, each]) => [address, verdict(each)]));
			instances.set(id, {...verdict(instance), backends});
		}
		const {opened, closed} = assessment;
		const open = of(assessment.open);
		const worst = open.find(({severity}) => severity !== 'notice') ?? null;
		// what opens at this look for a seek alone has been open for long
		const news = opened.filter((finding) => this.#of(finding) === finding);
		return {...assessment, instances, open, opened: news, closed: closed.map((finding) => this.#of(finding)), worst};
	}

	#of(finding: Finding): Finding {
		const {from, evidence} = finding;
		const same = this.#marks
			.get(placeOf(finding))
			?.find((mark) => mark.from < from && (mark.to === null ? from <= this.#until : from < mark.to));
		if (same === undefined) return finding;
		const began = Math.min(same.evidence.began, evidence.began);
		return {...finding, from: same.from, evidence: {...evidence, began}};
	}
}

function placeOf({instance, backend, rule}: Finding): string {
	return `${instance} ${backend} ${rule}`;
}
