/**
`npm run fuzz`: inputs of chance for every parser, until something goes wrong or `--seconds` are over.

    npm run fuzz -- --seconds 600 --seed 7
    npm run fuzz -- --seed 7 --target ssText --first 4711 --inputs 1     the input that went wrong, again
*/
import {parseArgs} from 'node:util';
import {isMainThread, parentPort, Worker, workerData} from 'node:worker_threads';
import {type FuzzOptions, type FuzzResult, fuzz} from './fuzzer.ts';

/** An input for this long at once never ends. */
const HANG_MS = 30_000;

if (isMainThread) await main();
else {
	const {options, now} = workerData as {options: FuzzOptions; now: SharedArrayBuffer};
	const place = new Uint8Array(now);
	const onInput = (target: string, number: number) => {
		const text = `${target} ${number}`;
		for (let i = 0; i < place.length; i++) place[i] = text.charCodeAt(i) || 0;
	};
	parentPort?.postMessage(await fuzz({...options, onInput}));
}

async function main(): Promise<void> {
	const {values} = parseArgs({
		options: {
			seconds: {type: 'string', default: '60'},
			seed: {type: 'string', default: String(Date.now() % 1_000_000)},
			target: {type: 'string'},
			first: {type: 'string', default: '0'},
			inputs: {type: 'string'},
		},
	});
	const {target, inputs} = values;
	const options: FuzzOptions = {
		seed: Number(values.seed),
		seconds: Number(values.seconds),
		first: Number(values.first),
		...(target === undefined ? {} : {target}),
		...(inputs === undefined ? {} : {inputs: Number(inputs)}),
	};
	const now = new SharedArrayBuffer(64);
	const worker = new Worker(new URL(import.meta.url), {workerData: {options, now}, name: 'fuzz'});
	const place = () => Buffer.from(new Uint8Array(now)).toString('latin1').replaceAll('\0', '');
	let before = '';
	const watchdog = setInterval(() => {
		if (place() === before && before !== '') {
			console.error(`seed ${options.seed}: ${before} never ends`);
			process.exit(1);
		}
		before = place();
	}, HANG_MS);
	const result = await new Promise<FuzzResult>((resolve, reject) =>
		worker.once('message', resolve).once('error', reject),
	);
	clearInterval(watchdog);
	const counts = [...result.inputs].map(([name, count]) => `${name} ${count}`);
	const total = [...result.inputs.values()].reduce((sum, count) => sum + count, 0);
	console.log(
		`seed ${options.seed}: ${total} inputs (${counts.join(', ')}), heap ${Math.round(result.grownBytes / 1024)} kB more`,
	);
	if (result.failure !== null) {
		console.error(result.failure);
		process.exitCode = 1;
	}
}
