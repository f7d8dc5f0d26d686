/**
Text of others in Markdown (CommonMark, and GitHub's tables): it must show as it is, and become neither HTML nor a link, an
image, a mention, a cell, a line or a heading. An entity never is markup.
*/
import {stripControls} from './strip-controls.ts';

/** Within a line or a table's cell. */
export function markdownText(text: string): string {
	return stripControls(text)
		.trim()
		.replace(/[&<>]/g, (character) => ENTITIES[character] ?? character)
		.replace(/[\\`*_[\]|~!$#]/g, '\\$&')
		.replace(/^([-+])(?=\s|$)/, '\\$1') // a list, where it begins a line
		.replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')
		.replace(/:(?=\/\/)/g, '&#58;') // GitHub makes links of addresses by itself,
		.replace(/\bwww\./gi, (www) => `${www.slice(0, 3)}&#46;`) // with and without a scheme,
		.replaceAll('@', '@&#8203;'); // and of mail addresses and mentions
}

const ENTITIES: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;'};

/** As code within a line or a cell: nothing in it is markup but the backtick, which then takes a longer fence. */
export function markdownCode(text: string): string {
	const code = stripControls(text).replaceAll('|', '\\|');
	const fence = '`'.repeat(longestRun(code) + 1);
	const space = code.startsWith('`') || code.endsWith('`') ? ' ' : '';
	return `${fence}${space}${code}${space}${fence}`;
}

/** Lines as a block of code, whose fence is longer than any in it. */
export function markdownBlock(lines: readonly string[]): string[] {
	const fence = '`'.repeat(lines.reduce((longest, line) => Math.max(longest, longestRun(line) + 1), 3));
	return [`${fence}text`, ...lines.map(stripControls), fence];
}

function longestRun(text: string): number {
	let longest = 0;
	for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
	return longest;
}
