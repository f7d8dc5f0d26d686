/** What goes into the single binary: src/ with everything it imports, as two scripts. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build, type Plugin} from 'esbuild';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const HERE = join(ROOT, 'binary');

/** A module of text that the binary carries. */
function builtModule(): string {
	const description = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
	const values = {
		version: description.version as string,
		bugsUrl: (description.bugs?.url ?? null) as string | null,
		script: readFileSync(join(ROOT, 'dist/page.js'), 'utf8'),
		style: readFileSync(join(ROOT, 'dist/page.css'), 'utf8'),
		incident: readFileSync(join(ROOT, 'fixtures/demo/incident.capture'), 'base64'),
	};
	return Object.entries(values)
		.map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
		.join('\n');
}

/** `load('string-width')` of src/text/fit.ts reads from node_modules, when it is first needed. */
function bundledWidth(path: string): string {
	const source = readFileSync(path, 'utf8');
	const bundled = source.replace("load('string-width')", "require('string-width')");
	if (bundled === source) throw new Error("binary/build.ts: src/text/fit.ts no longer says load('string-width')");
	return bundled;
}

const plugin: Plugin = {
	name: 'single-binary',
	setup({onResolve, onLoad}) {
		onResolve({filter: /\/(foreign|installation)\.ts$/}, ({path, importer}) =>
			importer.startsWith(join(ROOT, 'src/')) ? {path: join(HERE, path.replace(/^.*\//, ''))} : null,
		);
		onResolve({filter: /^traefik-top:built$/}, () => ({path: 'built', namespace: 'built'}));
		onLoad({filter: /.*/, namespace: 'built'}, () => ({contents: builtModule()}));
		// see build.js
		onResolve({filter: /^react-devtools-core$/}, () => ({path: 'stub', namespace: 'devtools'}));
		onLoad({filter: /.*/, namespace: 'devtools'}, () => ({contents: 'export default {};'}));
		onLoad({filter: /\/src\/text\/fit\.ts$/}, ({path}) => ({contents: bundledWidth(path), loader: 'ts'}));
	},
};

/**
One CommonJS file of a module and all it imports: the only form of which Bun keeps bytecode. In two steps, since some
packages wait at the top of their modules: within one file of ES modules esbuild turns that into functions that wait.
*/
export async function bundle(name: 'main' | 'worker', folder: string): Promise<string> {
	const common = {
		platform: 'node',
		target: 'node24',
		minify: true,
		logLevel: 'warning',
		legalComments: 'none',
	} as const;
	const {outputFiles} = await build({
		...common,
		absWorkingDir: ROOT,
		entryPoints: [`binary/${name}.ts`],
		bundle: true,
		write: false,
		format: 'esm',
		jsx: 'automatic',
		define: {'process.env.NODE_ENV': '"production"'},
		external: ['bun:ffi'],
		plugins: [plugin],
	});
	const outfile = join(folder, `${name}.js`);
	await build({
		...common,
		stdin: {contents: outputFiles[0]?.text ?? '', resolveDir: ROOT},
		outfile,
		format: 'cjs',
		// only what is left of createRequire(import.meta.url) asks, and it loads nothing
		define: {'import.meta.url': '"file:///$bunfs/root/main.js"'},
	});
	return outfile;
}
