/** Writes docs/traefik-top.1 from the table of commands: `npm run man`. */
import {writeFileSync} from 'node:fs';
import {COMMANDS} from '../src/commands/list.ts';
import {manPage} from '../src/commands/man.ts';
import {VERSION} from '../src/system/installation.ts';

writeFileSync(new URL('../docs/traefik-top.1', import.meta.url), manPage(COMMANDS, VERSION));
