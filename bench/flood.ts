/**
What 5,000 pipelined requests that nobody reads the answers of cost the exporter, and a scrape meanwhile:

    node bench/flood.ts [BACKENDS=1000] [REQUESTS=5000]

Rendering is the real one, of synthetic backends; the exporter and both clients are this process, on loopback.
*/
import {once} from 'node:events';
import {type AddressInfo, connect} from 'node:net';
import {Detector} from '../src/detect/detector.ts';
import {Fold} from '../src/fold/fold.ts';
import {build} from '../src/model/build.ts';
import {History} from '../src/model/history.ts';
import {metricsText} from '../src/output/prometheus.ts';
import {Totals} from '../src/output/prometheus-totals.ts';
import {listen} from '../src/sink/metrics-server.ts';
import {EXPORTER} from '../test/output/exporter.ts';
import {syntheticTick} from './synthetic.ts';

const [backends, requests] = [Number(process.argv[2] ?? 1000), Number(process.argv[3] ?? 5000)];

const [fold, history, detector, totals] = [new Fold(), new History(), new Detector(), new Totals()];
const look = fold.fold(syntheticTick(1, {sockets: backends * 5, backends, newPerSecond: backends}));
const model = build(history.add(look), {source: 'live'});
const assessment = detector.assess(model);
totals.add(look, assessment);

let renderings = 0;
const server = await listen(
	{
		metrics() {
			renderings++;
			const body = metricsText({model, assessment, totals, exporter: EXPORTER, maxBackends: backends}, 'text');
			return {body, contentType: 'text/plain'};
		},
		look: () => model,
		problem: () => null,
	},
	{host: '127.0.0.1', port: 0},
);
const {port} = server.address() as AddressInfo;
const url = `http://127.0.0.1:${port}/metrics`;
const bytes = (await (await fetch(url)).text()).length;

const before = process.memoryUsage.rss();
let most = before;
const watching = setInterval(() => {
	most = Math.max(most, process.memoryUsage.rss());
}, 5);
const socket = connect(port, '127.0.0.1').on('error', () => {});
await once(socket, 'connect');
const begin = performance.now();
socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(requests));
await new Promise((resolve) => setTimeout(resolve, 50));
const asked = performance.now();
await (await fetch(url)).text();
const took = performance.now() - asked;
while (performance.now() - begin < 3000) await new Promise((resolve) => setTimeout(resolve, 50));
clearInterval(watching);
console.log(
	`${requests} requests for ${(bytes / 1e6).toFixed(1)} MB each: ${renderings} renderings, ` +
		`${((most - before) / 1e6).toFixed(0)} MB more memory at most, a scrape meanwhile took ${took.toFixed(0)} ms`,
);
process.exit(0);
