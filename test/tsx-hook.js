// Lets node --test load .tsx: Node strips types, but does not compile JSX.
import {readFileSync} from 'node:fs';
import {registerHooks} from 'node:module';
import {fileURLToPath} from 'node:url';
import {transformSync} from 'esbuild';

registerHooks({
	load(url, context, nextLoad) {
		if (!url.endsWith('.tsx')) return nextLoad(url, context);
		const path = fileURLToPath(url);
		const {code} = transformSync(readFileSync(path, 'utf8'), {
			loader: 'tsx',
			jsx: 'automatic',
			format: 'esm',
			target: 'node22',
			sourcemap: 'inline',
			sourcefile: path,
		});
		return {format: 'module', source: code, shortCircuit: true};
	},
});
