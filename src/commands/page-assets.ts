/** The script and the style of the report's page, as the build has put them together. */
import {readFileSync} from 'node:fs';
import {UserError} from '../errors.ts';
import type {PageAssets} from '../output/html/report-html.ts';
import {PACKAGE_ROOT} from './version.ts';

export function pageAssets(): PageAssets {
	const read = (name: string) => readFileSync(new URL(`dist/${name}`, PACKAGE_ROOT), 'utf8').trim();
	try {
		return {script: read('page.js'), style: read('page.css')};
	} catch {
		throw new UserError("the report page's assets are missing from this installation", 'reinstall traefik-top');
	}
}
