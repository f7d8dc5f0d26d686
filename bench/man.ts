/** Writes docs/traefik-top.1 from the table of commands: `npm run man`. */
import {writeFileSync} from 'node:fs';
import {manPage} from '../src/commands/man.ts';
import {COMMANDS} from '../src/commands/table.ts';
import {VERSION} from '../src/commands/version.ts';

writeFileSync(new URL('../docs/traefik-top.1', import.meta.url), manPage(COMMANDS, VERSION));
