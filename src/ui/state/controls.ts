/** What keys may ask of the command that runs the screen. The screen itself touches no file, clock or source. */
export type Controls = {
	/** Live: ms between readings from the next one on. */
	setInterval(intervalMs: number): void;
	/** Rows of one backend are wanted with every tick, by `Screen.showRows()`; null: no longer. */
	openBackend(backend: {readonly instance: string; readonly address: string} | null): void;
	/** Writes the last 15 minutes as a recording; resolves with a line that says where, or rejects saying why not. */
	writeRecent(): Promise<string>;
	/** Live: records from now on, or no longer; resolves and rejects likewise. Missing: there is nothing to record. */
	record?(): Promise<string>;
	/** Writes how the table looks into the config; null takes a key out. Resolves and rejects likewise. Missing: there is none. */
	saveView?(view: Readonly<Record<string, unknown>>): Promise<string>;
	/** To the last look ≤ an instant. Live: what is kept is shown again, while collection goes on. */
	seek(time: number): void;
	/** A recording: writes a part of it as one of its own; Unix ms. Resolves and rejects as writeRecent() does. */
	export?(from: number, to: number): Promise<string>;
	/** Live: to the newest look again. */
	goLive(): void;
	/** One look on or back. */
	step(direction: 1 | -1): void;
	/** A recording only. */
	play(): void;
	pause(): void;
	setSpeed(speed: number): void;
};
