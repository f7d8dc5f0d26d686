/**
What a terminal showed, with times: an asciicast (https://docs.asciinema.org/manual/asciicast/v2/). Marks tell the film
what to make of it:

    cut, go        what lies between is not shown (before the first `go`, nothing is)
    still NAME     a picture of this instant
    say TEXT       the line below the terminal from here on
    key LABEL      a key was pressed
*/
export type CastEvent = readonly [seconds: number, kind: 'o' | 'm', data: string];

export type Cast = {readonly columns: number; readonly rows: number; readonly events: readonly CastEvent[]};

/** As `asciinema play` reads it. */
export function formatCast({columns, rows, events}: Cast): string {
	const head = {version: 2, width: columns, height: rows, env: {TERM: 'xterm-256color'}};
	return [head, ...events].map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

export function parseCast(text: string): Cast {
	const [head, ...events] = text
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line) as unknown);
	const {width, height} = head as {width: number; height: number};
	return {columns: width, rows: height, events: events as CastEvent[]};
}

export type Mark = {
	readonly kind: 'cut' | 'go' | 'still' | 'say' | 'key';
	readonly text: string;
};

/** An event at its time in the film, ms. */
export type FilmEvent = {readonly atMs: number; readonly output: string | null; readonly mark: Mark | null};

/** The events with the time that is cut taken out. */
export function toFilm({events}: Cast): FilmEvent[] {
	const film: FilmEvent[] = [];
	let cutMs = 0;
	let cutSinceMs: number | null = 0;
	for (const [seconds, kind, data] of events) {
		const ms = seconds * 1000;
		const mark = kind === 'm' ? parseMark(data) : null;
		if (mark?.kind === 'go' && cutSinceMs !== null) {
			cutMs += ms - cutSinceMs;
			cutSinceMs = null;
		}
		film.push({atMs: (cutSinceMs ?? ms) - cutMs, output: kind === 'o' ? data : null, mark});
		if (mark?.kind === 'cut') cutSinceMs ??= ms;
	}
	return film;
}

function parseMark(data: string): Mark {
	const space = data.indexOf(' ');
	const kind = (space < 0 ? data : data.slice(0, space)) as Mark['kind'];
	return {kind, text: space < 0 ? '' : data.slice(space + 1)};
}
