/** `npm run bench`: what can be measured in a minute or two. bench/api-poll.ts takes longer and is run by itself. */
import {spawnSync} from 'node:child_process';
import path from 'node:path';

let failed = 0;
for (const name of ['start.ts', 'read.ts']) {
	console.log(`\n── bench/${name}`);
	const {status} = spawnSync(process.execPath, [path.join(import.meta.dirname, name)], {stdio: 'inherit'});
	if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
