// Bundles src/ into dist/: split ESM, so that a headless command never loads Ink. Runs on Node 20 (npm ci → prepare).
import {readdirSync, readFileSync, rmSync} from 'node:fs';
import {createRequire, isBuiltin} from 'node:module';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));
const require = createRequire(import.meta.url);

/** Ink imports it for its inspector, which DEV=true switches on; it is 16 MB and no part of a top. */
const withoutDevtools = {
	name: 'without-react-devtools',
	setup({onResolve, onLoad}) {
		onResolve({filter: /^react-devtools-core$/}, () => ({path: 'stub', namespace: 'devtools'}));
		onLoad({filter: /.*/, namespace: 'devtools'}, () => ({contents: 'export default {};'}));
	},
};

/**
What Ink's dependencies do before the first frame, in less time. Yoga's WebAssembly is inside its script: fetch() of that data
would load Node's whole HTTP client, and without a fetch the script decodes it itself. And to measure the first text
string-width has ICU make a segmenter; the marks that Ink lays out here take a cell each (src/ui/terminal/text-slots.tsx).
*/
const quickStart = {
	name: 'quick-start',
	setup({onResolve, onLoad}) {
		onLoad({filter: /yoga-wasm-base64-esm\.js$/}, ({path}) => ({
			contents: `const fetch = undefined;\n${readFileSync(path, 'utf8')}`,
		}));
		onResolve({filter: /^string-width$/}, ({importer}) =>
			importer.includes('/node_modules/') ? {path: 'width', namespace: 'width'} : null,
		);
		onLoad({filter: /.*/, namespace: 'width'}, () => ({
			contents: "export {cellWidth as default} from './src/text/cell-width.ts';",
			resolveDir: root,
		}));
	},
};

/** What src/ imports of each of Node's own modules: the Node that builds may be older and not have all of it. */
function importedNames() {
	const names = new Map();
	for (const file of readdirSync(`${root}src`, {recursive: true})) {
		if (!/\.tsx?$/.test(file)) continue;
		const source = readFileSync(`${root}src/${file}`, 'utf8');
		for (const [, list, path] of source.matchAll(/^import \{([^}]*)\} from '(node:[\w/]+)';/gm)) {
			const known = names.get(path) ?? new Set();
			for (const name of list.split(',')) if (!/^\s*type\s/.test(name)) known.add(name.trim().split(' ')[0]);
			names.set(path, known);
		}
	}
	return names;
}

/**
Node's own modules, by name and when something of them is first used. An import makes a second module of each, with all its
exports, whatever they have to load: of http a whole HTTP client, for its WebSocket.
*/
const lateBuiltins = {
	name: 'late-builtins',
	setup({onResolve, onLoad}) {
		const ours = importedNames();
		onResolve({filter: /^[a-z_/:0-9]+$/}, ({path, kind}) =>
			kind === 'import-statement' && isBuiltin(path) ? {path, namespace: 'builtin'} : null,
		);
		onLoad({filter: /.*/, namespace: 'builtin'}, ({path}) => {
			const get = `process.getBuiltinModule(${JSON.stringify(path)})`;
			const builtin = require(path);
			// what is more than a bag of names must be itself: a class, a function, the process
			const isBag = typeof builtin === 'object' && Object.getPrototypeOf(builtin) === Object.prototype;
			if (!isBag) return {contents: `module.exports = ${get};`};
			const keys = new Set([...Object.keys(builtin), ...(ours.get(path) ?? [])].filter((key) => /^\w+$/.test(key)));
			const getters = [...keys].map((key) => `get ${key}() {return load().${key}}`);
			return {contents: `let loaded;const load = () => (loaded ??= ${get});module.exports = {${getters}};`};
		});
	},
};

/** All commands in one file, each evaluated when it is needed: a file more takes half a millisecond to load. Screens bring Ink. */
const fewFiles = {
	name: 'few-files',
	setup({onLoad}) {
		onLoad({filter: /\/src\/.*\.tsx?$/}, ({path}) => ({
			contents: readFileSync(path, 'utf8').replace(/\bimport\('(\.[^']+)'\)/g, (whole, name) =>
				name.endsWith('-screen.ts') ? whole : `Promise.resolve().then(() => require('${name}'))`,
			),
			loader: path.endsWith('x') ? 'tsx' : 'ts',
		}));
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
	plugins: [withoutDevtools, quickStart, fewFiles, lateBuiltins],
	// CommonJS dependencies inside an ES module bundle still call require() for Node's own modules.
	banner: {js: "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);"},
	legalComments: 'none',
	logLevel: 'warning',
});
