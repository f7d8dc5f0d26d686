/** A model on its way to the thread that draws it: the tracks as plain data, without the facts that rules read. */
import type {BackendModel, InstanceModel, Model} from './model.ts';
import {BackendTrack, type PackedTrack} from './track.ts';

type PackedBackend = Omit<BackendModel, 'track'> & {readonly track: PackedTrack};
type PackedInstance = Omit<InstanceModel, 'backends' | 'track'> & {
	readonly backends: readonly PackedBackend[];
	readonly firstSeenMs: number;
};
export type PackedModel = Omit<Model, 'instances'> & {readonly instances: readonly PackedInstance[]};

/** Its facts are the model's own: to be posted before the next look. */
export function packModel(model: Model): PackedModel {
	const instances = model.instances.map(({track, backends, ...instance}) => {
		let like: PackedTrack | null = null;
		const packed = backends.map((backend) => {
			like = backend.track.pack(like);
			return {...backend, track: like};
		});
		return {...instance, firstSeenMs: track.firstSeenMs, backends: packed};
	});
	return {...model, instances};
}

/** To be drawn only: rules find no recent facts in it. */
export function unpackModel({instances, ...model}: PackedModel): Model {
	return {
		...model,
		instances: instances.map(({firstSeenMs, backends, ...instance}) => ({
			...instance,
			track: {firstSeenMs, recent: []},
			backends: backends.map((backend) => ({...backend, track: BackendTrack.unpack(backend.track)})),
		})),
	};
}
