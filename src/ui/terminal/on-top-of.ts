/** A stream with some of its properties replaced: those for which `replace` gives a value. */
export function onTopOf<T extends object>(stream: T, replace: (key: string | symbol) => unknown): T {
	return new Proxy(stream, {
		get(target, key) {
			const replaced = replace(key);
			if (replaced !== undefined) return replaced;
			const value: unknown = Reflect.get(target, key, target);
			return typeof value === 'function' ? value.bind(target) : value;
		},
	});
}
