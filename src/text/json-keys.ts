/** Where each key of a JSON text is, so that a message about it can name the line. */

export type JsonKey = {
	/** Keys from the outermost on, joined by a newline, which no key of ours contains. */
	readonly path: string;
	readonly line: number;
};

/** The key path of `keys` as it is in JsonKey. */
export function keyPath(...keys: readonly string[]): string {
	return keys.join('\n');
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+|\n/g;

/** Every key of every object in a text that JSON.parse accepts, in the order of the text, repeated ones repeatedly. */
export function jsonKeys(text: string): JsonKey[] {
	const keys: JsonKey[] = [];
	/** One entry per open brace or bracket: the key that is being read, null in an array. */
	const stack: {isObject: boolean; key: string}[] = [];
	let line = 1;
	let isKeyNext = false;
	for (const [token] of text.matchAll(TOKEN)) {
		const top = stack.at(-1);
		if (token === '\n') line++;
		else if (token === '{' || token === '[') {
			stack.push({isObject: token === '{', key: ''});
			isKeyNext = token === '{';
		} else if (token === '}' || token === ']') {
			stack.pop();
			isKeyNext = false;
		} else if (token === ',') isKeyNext = top?.isObject ?? false;
		else if (isKeyNext && top !== undefined && token.startsWith('"')) {
			top.key = JSON.parse(token) as string;
			keys.push({path: keyPath(...stack.filter(({isObject}) => isObject).map(({key}) => key)), line});
			isKeyNext = false;
		}
	}
	return keys;
}
