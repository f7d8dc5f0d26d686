/** From looks to findings: the same steps wherever a model is judged. */
import {type BuildOptions, build} from '../model/build.ts';
import {History} from '../model/history.ts';
import type {Model} from '../model/model.ts';
import type {Look} from '../snapshot.ts';
import type {Assessment} from './assessment.ts';
import {Detector} from './detector.ts';
import type {Thresholds} from './thresholds.ts';

/** What one look shows. It holds until the next one is asked for. */
export type AssessedLook = {readonly model: Model; readonly assessment: Assessment; readonly look: Look};

export type AssessorOptions = {
	readonly names: ReadonlyMap<string, string>;
	readonly thresholds: Thresholds;
	readonly source: Model['source'];
};

/** Keeps state: pass the looks in order. */
export class Assessor {
	readonly #history = new History();
	readonly #detector: Detector;
	readonly #options: BuildOptions;

	constructor({names, thresholds, source}: AssessorOptions) {
		this.#detector = new Detector(thresholds);
		this.#options = {source, names};
	}

	see(look: Look): AssessedLook {
		const model = build(this.#history.add(look), this.#options);
		return {model, assessment: this.#detector.assess(model), look};
	}
}
