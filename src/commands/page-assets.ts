/** The script and the style of the report's page, as the build has put them together. */
import {UserError} from '../errors.ts';
import type {PageAssets} from '../output/html/report-html.ts';
import {readBuilt} from '../system/installation.ts';

export function pageAssets(): PageAssets {
	try {
		return {script: readBuilt('page.js').trim(), style: readBuilt('page.css').trim()};
	} catch {
		throw new UserError("the report page's assets are missing from this installation", 'reinstall traefik-top');
	}
}
