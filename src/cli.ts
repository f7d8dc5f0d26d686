/** The command line: what is asked for, and which module answers it. */
import {readFileSync} from 'node:fs';
import {Command} from 'commander';

const {version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {version: string};

export async function main(argv: readonly string[]): Promise<void> {
	const program = new Command('traefik-top').version(version);
	await program.parseAsync([...argv]);
}
