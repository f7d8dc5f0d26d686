import assert from 'node:assert/strict';
import {test} from 'node:test';
import {OpeningLine} from '../../../src/commands/replay/opening-line.ts';

function written(columns: number, name: string): {line: OpeningLine; out: string[]} {
	const out: string[] = [];
	const write = (text: string) => out.push(text) > 0;
	return {line: new OpeningLine({columns, write} as ConstructorParameters<typeof OpeningLine>[0], name), out};
}

test('a long opening says how far it is, in a line that goes when the screen comes', () => {
	const {line, out} = written(80, 'incident.capture.gz');
	line.show(0.119);
	line.show(1);
	line.clear();
	line.clear();
	assert.deepEqual(out, [
		'\r\u001b[Kopening incident.capture.gz 11 %',
		'\r\u001b[Kopening incident.capture.gz 100 %',
		'\r\u001b[K',
	]);
});

test('a recording that opens at once says nothing', () => {
	const {line, out} = written(80, 'x');
	line.clear();
	assert.deepEqual(out, []);
});

test('the line is never wrapped, and the number is always there', () => {
	for (const columns of [0, 5, 10, 20]) {
		const {line, out} = written(columns, 'a-long-name.capture'.repeat(5));
		line.show(0.5);
		const text = (out[0] ?? '').slice(4);
		assert.match(text, /50 %$/);
		assert.ok(columns < 6 || text.length < columns, `${columns}: ${text}`);
	}
});
