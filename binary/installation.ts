/** What src/system/installation.ts says, where everything is in the binary itself. */
import {bugsUrl, incident, script, style, version} from 'traefik-top:built';

type Installation = typeof import('../src/system/installation.ts');

export const VERSION: Installation['VERSION'] = version;
export const BUGS_URL: Installation['BUGS_URL'] = bugsUrl;
/** Where Bun shows what was compiled in. */
export const PARSER_WORKER: Installation['PARSER_WORKER'] = new URL('file:///$bunfs/root/worker.js');

export const thisProgram: Installation['thisProgram'] = () => [process.execPath];
export const readBuilt: Installation['readBuilt'] = (name) => (name === 'page.js' ? script : style);
export const demoRecording: Installation['demoRecording'] = () => ({
	path: 'incident.capture',
	bytes: Buffer.from(incident, 'base64'),
});
