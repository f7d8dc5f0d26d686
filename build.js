// Bundles src/ into dist/: split ESM, so that a headless command never loads Ink. Runs on Node 20 (npm ci → prepare).
import {rmSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));

/** Ink imports it for its inspector, which DEV=true switches on; it is 16 MB and no part of a top. */
const withoutDevtools = {
	name: 'without-react-devtools',
	setup({onResolve, onLoad}) {
		onResolve({filter: /^react-devtools-core$/}, () => ({path: 'stub', namespace: 'devtools'}));
		onLoad({filter: /.*/, namespace: 'devtools'}, () => ({contents: 'export default {};'}));
	},
};

rmSync(`${root}dist`, {recursive: true, force: true});

/** The report's page has a script and a style of its own, which the program puts into it. */
await build({
	absWorkingDir: root,
	entryPoints: {page: 'src/page/page.ts'},
	outdir: 'dist',
	bundle: true,
	format: 'iife',
	platform: 'browser',
	target: 'es2022',
	minify: true,
	legalComments: 'none',
	logLevel: 'warning',
});
await build({
	absWorkingDir: root,
	entryPoints: {page: 'src/page/page.css'},
	outdir: 'dist',
	bundle: true,
	minify: true,
	logLevel: 'warning',
});

await build({
	absWorkingDir: root,
	entryPoints: {cli: 'src/cli.ts', worker: 'src/worker/main.ts'},
	outdir: 'dist',
	bundle: true,
	splitting: true,
	format: 'esm',
	platform: 'node',
	target: 'node22',
	jsx: 'automatic',
	minify: true,
	keepNames: false,
	chunkNames: '[name]-[hash]',
	define: {'process.env.NODE_ENV': '"production"'},
	external: ['koffi'],
	plugins: [withoutDevtools],
	// CommonJS dependencies inside an ES module bundle still call require() for Node's own modules.
	banner: {js: "import {createRequire as $require} from 'node:module';const require=$require(import.meta.url);"},
	legalComments: 'none',
	logLevel: 'warning',
});
