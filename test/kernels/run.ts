/**
`npm run kernels`: what leans on the kernel, on Debian's stock kernels in qemu. Outside the gate: without KVM a kernel takes
some ten minutes. Arguments choose the kernels, by series; `-- 6.1 test/source/netlink.test.ts` also the tests.
*/
import {fileURLToPath} from 'node:url';
import {kernelOf, runOn, whyNoKernels} from './boot.ts';

const KERNELS = ['6.1', '6.12'];
const TESTS = [
	'test/source/netlink.test.ts',
	'test/source/netlink-errors.test.ts',
	'test/source/netlink-endings.test.ts',
	'test/source/live.test.ts',
	'test/e2e/sockets.test.ts',
	'test/kernels/lab-fault.ts',
];
/** So much slower than the machine itself is one that is emulated. */
const PATIENCE = 10;

const root = fileURLToPath(new URL('../..', import.meta.url));
const asked = process.argv.slice(2);
const series = asked.filter((word) => /^\d+\.\d+$/.test(word));
const tests = asked.filter((word) => !/^\d+\.\d+$/.test(word));

const missing = whyNoKernels();
if (missing !== null) {
	console.error(missing);
	process.exit(1);
}
let failed = 0;
for (const each of series.length > 0 ? series : KERNELS) {
	const kernel = kernelOf(each);
	const files = (tests.length > 0 ? tests : TESTS).map((file) => `'${file}'`).join(' ');
	const command = `TMPDIR=/run/tmp TRAEFIK_TOP_REQUIRE_ALL=1 TRAEFIK_TOP_PATIENCE=${PATIENCE} '${process.execPath}' test/run.ts ${files}`;
	const code = await runOn(kernel, command, root);
	if (code !== 0) failed++;
	console.log(`${kernel.version}: ${code === 0 ? 'passed' : code === null ? 'ended without a result' : 'failed'}`);
}
process.exit(failed === 0 ? 0 : 1);
