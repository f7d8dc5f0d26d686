/**
npm run demo: demo.gif and docs/images/*.png from a real run: Traefik under load in the lab, a backend that fails and
comes back, and this build on a real pseudo-terminal. Needs root and what the lab needs, and two fonts; takes two minutes.

    node bench/demo/make.ts [--cast FOLDER]

--cast keeps the recordings of the terminals, which `asciinema play` reads; --from FOLDER draws kept ones again.
*/
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {whyNoLab} from '../../test/lab/traefik-binary.ts';
import {type Cast, formatCast, parseCast} from './cast.ts';
import {stills} from './film.ts';
import {drawGif} from './gif.ts';
import {encodePng} from './png.ts';
import {whyNoFonts} from './raster.ts';
import {type Stage, setStage} from './stage.ts';
import {tell} from './story.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const LONGEST_MS = 240_000;
const GIF_FONT_PX = 15;
/** Twice as large: sharp on dense displays, too. */
const STILL_FONT_PX = 30;
const GIF_LIMIT = 1_500_000;
const PNG_LIMIT = 120_000;

const {values} = parseArgs({options: {cast: {type: 'string'}, from: {type: 'string'}}});

let stage: Stage | null = null;

/** However it ends, nothing stays behind. */
function giveUp(why: string): void {
	console.error(`npm run demo: ${why}`);
	void Promise.race([stage?.close(), sleep(5000)]).finally(() => process.exit(1));
}

async function record(): Promise<Cast[]> {
	const why = whyNoLab();
	if (why !== null) throw new Error(why);
	execFileSync(process.execPath, ['build.js'], {cwd: ROOT, stdio: 'inherit'});
	stage = await setStage();
	try {
		return await tell(stage);
	} finally {
		await stage.close();
	}
}

function save(file: string, bytes: Uint8Array, limit: number): boolean {
	writeFileSync(file, bytes);
	const isSmall = bytes.length <= limit;
	const size = `${Math.ceil(bytes.length / 1000)} kB`;
	console.log(`${path.relative(ROOT, file)}  ${size}${isSmall ? '' : `: more than ${limit / 1000} kB`}`);
	return isSmall;
}

/** A tenth smaller, where gifsicle is installed. */
function squeeze(bytes: Uint8Array): Uint8Array {
	const {status, stdout} = spawnSync('gifsicle', ['-O3'], {input: bytes, maxBuffer: 10 * GIF_LIMIT});
	return status === 0 ? stdout : bytes;
}

async function draw(casts: readonly Cast[]): Promise<boolean> {
	const images = path.join(ROOT, 'docs/images');
	mkdirSync(images, {recursive: true});
	let areSmall = true;
	for (const cast of casts) {
		for await (const still of stills(cast, STILL_FONT_PX)) {
			areSmall = save(path.join(images, `${still.name}.png`), encodePng(still), PNG_LIMIT) && areSmall;
		}
	}
	const [film] = casts;
	if (film === undefined) throw new Error('nothing was recorded');
	const gif = await drawGif(film, GIF_FONT_PX);
	console.log(`${gif.width} × ${gif.height}, ${gif.frames} frames, ${(gif.lengthMs / 1000).toFixed(1)} s`);
	return save(path.join(ROOT, 'demo.gif'), squeeze(gif.bytes), GIF_LIMIT) && areSmall;
}

const NAMES = ['screen', 'wide', 'pane'] as const;

async function main(): Promise<number> {
	const why = whyNoFonts();
	if (why !== null) throw new Error(why);
	const kept = (folder: string) => NAMES.map((name) => path.join(folder, `${name}.cast`));
	if (values.from !== undefined) {
		return (await draw(kept(values.from).map((file) => parseCast(readFileSync(file, 'utf8'))))) ? 0 : 1;
	}
	const casts = await record();
	if (values.cast !== undefined) {
		mkdirSync(values.cast, {recursive: true});
		for (const [index, file] of kept(values.cast).entries()) {
			const cast = casts[index];
			if (cast !== undefined) writeFileSync(file, formatCast(cast));
		}
	}
	return (await draw(casts)) ? 0 : 1;
}

setTimeout(() => giveUp(`not ready after ${LONGEST_MS / 1000} s`), LONGEST_MS).unref();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => giveUp(signal));

process.exit(
	await main().catch((error: unknown) => {
		console.error(`npm run demo: ${error instanceof Error ? error.message : String(error)}`);
		return 1;
	}),
);
