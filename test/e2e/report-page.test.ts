/** The report's page in a real browser: Debian's Chromium, without a display and without a network. */
import assert from 'node:assert/strict';
import {existsSync, mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';
import type {Browser, Page} from 'playwright-core';
import {chromium} from 'playwright-core';
import {runBin} from './bin.ts';

const CHROMIUM = '/usr/bin/chromium';
/** It must not look for updates, nor sandbox itself where root runs it. */
const FLAGS = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];
const skip = existsSync(CHROMIUM) ? false : `there is no ${CHROMIUM}: install Debian's chromium`;

const folder = mkdtempSync(join(tmpdir(), 'page-'));
let browser: Browser | null = null;
after(async () => {
	await browser?.close();
	rmSync(folder, {recursive: true});
});

const page = join(folder, 'incident.html');
const {code, stderr} = await runBin([
	...['report', 'fixtures/recordings/hung.capture', '--format', 'html', '-o', page],
	...['--name', '10.77.0.12:8080=<img src=x onerror=alert(1)>"\'&</script><script>alert(2)</script>'],
]);

/** Opens the page and fails on anything that it asks for or complains about. */
async function open(options: Parameters<Browser['newPage']>[0] = {}): Promise<{tab: Page; troubles: string[]}> {
	browser ??= await chromium.launch({executablePath: CHROMIUM, args: FLAGS});
	const tab = await browser.newPage({viewport: {width: 1280, height: 900}, ...options});
	const troubles: string[] = [];
	tab.on('console', (message) => {
		if (['error', 'warning'].includes(message.type())) troubles.push(message.text());
	});
	tab.on('pageerror', (error) => troubles.push(error.message));
	tab.on('dialog', (dialog) => troubles.push(`dialog ${dialog.message()}`));
	tab.on('request', (request) => {
		if (request.url() !== pathToFileURL(page).href) troubles.push(`asked for ${request.url()}`);
	});
	await tab.goto(pathToFileURL(page).href);
	return {tab, troubles};
}

test('the page is one file of less than 1 MB, with its findings in its text', () => {
	assert.equal(code, 0, stderr);
	assert.ok(statSync(page).size < 1_000_000);
	const html = readFileSync(page, 'utf8');
	assert.match(html, /Content-Security-Policy" content="default-src 'none'/);
	assert.doesNotMatch(html, /<img|https?:\/\//);
	assert.match(html, /<code>hung<\/code>/);
});

const both = join(folder, 'both.html');

test('the facts are called what they are, and no two backends by one name', async () => {
	const html = readFileSync(page, 'utf8');
	assert.match(html, /<dt>Read<\/dt><dd>\d+ snapshots over/);
	assert.match(html, /<dt>Users<\/dt><dd>(?:\d+ requests? given up|waits|no request)/);
	assert.doesNotMatch(html, /<dt>Missing<\/dt><dd>(?!\d+ (?:gap|torn))/);
	const names = ['hung', 'killed'].map((name) => `fixtures/recordings/${name}.capture`);
	assert.equal((await runBin(['report', ...names, '--format', 'html', '-o', both])).code, 0);
	const headings = [...readFileSync(both, 'utf8').matchAll(/<h3>(.*?)<\/h3>/g)].map((match) => match[1]);
	assert.ok(headings.length >= 6, headings.join());
	assert.equal(new Set(headings).size, headings.length, headings.join());
});

test('rules and addresses are not broken in their middle', {skip}, async () => {
	const {tab} = await open();
	await tab.goto(pathToFileURL(both).href);
	const lines = await tab.$$eval('tbody td:nth-child(3) code', (all) =>
		all.map((each) => each.getClientRects().length),
	);
	assert.ok(lines.length > 0);
	assert.deepEqual(new Set(lines), new Set([1]));
	await tab.close();
});

test('the report page loads nothing, logs no error, and shows hostile names as text', {skip}, async () => {
	const {tab, troubles} = await open();
	assert.ok((await tab.locator('canvas').count()) >= 3);
	assert.ok(((await tab.locator('h1').textContent()) ?? '').startsWith('<img src=x onerror=alert(1)>'));
	assert.equal(await tab.locator('img').count(), 0);
	assert.deepEqual(troubles, []);
	await tab.close();
});

test('the findings and their timeline are there without JavaScript', {skip}, async () => {
	const {tab, troubles} = await open({javaScriptEnabled: false});
	assert.ok(await tab.locator('svg.lanes .bar').first().isVisible());
	assert.ok((await tab.locator('tbody tr').count()) >= 1);
	assert.ok(await tab.locator('noscript').first().isVisible());
	assert.equal(await tab.locator('canvas').count(), 0);
	assert.deepEqual(troubles, []);
	await tab.close();
});

test('hovering one chart shows the values of all at that instant', {skip}, async () => {
	const {tab, troubles} = await open();
	const chart = tab.locator('.u-over').first();
	await chart.hover();
	const times = await tab.locator('.charts').first().locator('.u-legend tr:first-child .u-value').allInnerTexts();
	assert.ok(times.length >= 3);
	assert.match(times[0] ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
	assert.deepEqual(new Set(times).size, 1);
	const [, established] = await tab.locator('.u-legend').first().locator('.u-value').allInnerTexts();
	assert.match(established ?? '', /^\d+$/);
	assert.deepEqual(troubles, []);
	await tab.close();
});

test('dragging zooms every chart, and a button shows the whole time again', {skip}, async () => {
	const {tab} = await open();
	const times = async () => {
		await tab
			.locator('.u-over')
			.first()
			.hover({position: {x: 2, y: 20}});
		return tab.locator('.charts').first().locator('.u-legend tr:first-child .u-value').allInnerTexts();
	};
	const whole = await times();
	const box = await tab.locator('.u-over').first().boundingBox();
	assert.ok(box !== null);
	await tab.mouse.move(box.x + box.width * 0.5, box.y + 40);
	await tab.mouse.down();
	await tab.mouse.move(box.x + box.width * 0.8, box.y + 40, {steps: 5});
	await tab.mouse.up();
	const near = await times();
	assert.ok((near[0] ?? '') > (whole[0] ?? ''), `${near[0]} after ${whole[0]}`);
	assert.equal(new Set(near).size, 1);
	await tab.locator('#reset').click();
	assert.deepEqual(await times(), whole);
	await tab.close();
});

test('the report page prints black on white, without closed sections', {skip}, async () => {
	const {tab} = await open({colorScheme: 'dark'});
	await tab.emulateMedia({media: 'print', colorScheme: 'dark'});
	const background = await tab.evaluate('getComputedStyle(document.body).backgroundColor');
	assert.equal(background, 'rgb(255, 255, 255)');
	assert.equal(await tab.locator('details:not([open])').first().isVisible(), false);
	const pdf = await tab.pdf({format: 'A4'});
	assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
	await tab.close();
});

for (const [name, options] of [
	['light at 1280 px', {colorScheme: 'light'}],
	['dark at 1280 px', {colorScheme: 'dark'}],
	['light at 390 px', {colorScheme: 'light', viewport: {width: 390, height: 844}}],
	['dark at 390 px', {colorScheme: 'dark', viewport: {width: 390, height: 844}}],
] as const) {
	test(`the report page is accessible and does not scroll sideways: ${name}`, {skip}, async () => {
		// the page's policy would not let the checker in
		const {tab} = await open({...options, bypassCSP: true});
		await tab.addScriptTag({path: fileURLToPath(import.meta.resolve('axe-core/axe.min.js'))});
		const {violations} = (await tab.evaluate('axe.run()')) as {violations: {id: string; nodes: {html: string}[]}[]};
		assert.deepEqual(
			violations.map(({id, nodes}) => `${id}: ${nodes[0]?.html.slice(0, 200)}`),
			[],
		);
		const overflow = (await tab.evaluate('document.documentElement.scrollWidth - innerWidth')) as number;
		assert.ok(overflow <= 0, `${overflow} px too wide`);
		await tab.close();
	});
}
