/** What is used of gifenc, which comes without types. */
declare module 'gifenc' {
	type Rgb = [red: number, green: number, blue: number];
	type FrameOptions = {
		/** The first frame's is the global one. */
		palette?: Rgb[];
		/** ms */
		delay: number;
		transparent: boolean;
		transparentIndex: number;
		dispose: number;
		/** 0: for ever */
		repeat: number;
	};
	const gifenc: {
		GIFEncoder(): {
			writeFrame(indices: Uint8Array, width: number, height: number, options: FrameOptions): void;
			finish(): void;
			bytes(): Uint8Array;
		};
		quantize(rgba: Uint8Array, most: number): Rgb[];
	};
	export = gifenc;
}
