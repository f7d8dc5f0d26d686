/** What runs first in the single binary, as bin/traefik-top.js does in the package. */
import {main} from '../src/cli.ts';

// The same answer as on Node, where FORCE_COLOR would win.
if (process.env['NO_COLOR']) delete process.env['FORCE_COLOR'];
void main(process.argv);
