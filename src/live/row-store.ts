/**
The rows of one reading, kept to be visited again: several Traefiks in one network namespace share its tables, which are
read once. Needed only there: it takes about 400 bytes a row.
*/
import {newRow, type Row, type TableCount, type Visit} from '../parse/row.ts';

const NUMBERS = Object.entries(newRow())
	.filter(([, value]) => typeof value === 'number')
	.map(([name]) => name as Numbers);
type Numbers = {[K in keyof Row]: Row[K] extends number ? K : never}[keyof Row];

/** Words of both addresses, whether there is tcp_info, then the numbers. */
const ADDRESS_WORDS = 8;
const STRIDE = ADDRESS_WORDS + 1 + NUMBERS.length;

export class RowStore {
	#values = new Float64Array(STRIDE * 256);
	#count: TableCount = {rows: 0, torn: 0};
	#length = 0;
	#isWhole = false;

	/** Whether rows of a whole table are kept. */
	get isWhole(): boolean {
		return this.#isWhole;
	}

	clear(): void {
		this.#length = 0;
		this.#isWhole = false;
	}

	/** Visits the rows of `tables` and keeps them. */
	fill(tables: (visit: Visit) => TableCount, visit: Visit): TableCount {
		this.clear();
		this.#count = tables((row) => {
			this.#add(row);
			visit(row);
		});
		this.#isWhole = this.#count.problem == null;
		return this.#count;
	}

	/** Visits what is kept, through `row`. */
	visit(row: Row, visit: Visit): TableCount {
		const values = this.#values;
		const numbers = row as {[K in Numbers]: number};
		for (let at = 0; at < this.#length; at += STRIDE) {
			for (let word = 0; word < 4; word++) {
				row.local[word] = values[at + word] ?? 0;
				row.remote[word] = values[at + 4 + word] ?? 0;
			}
			row.hasInfo = values[at + ADDRESS_WORDS] === 1;
			for (let i = 0; i < NUMBERS.length; i++) {
				numbers[NUMBERS[i] as Numbers] = values[at + ADDRESS_WORDS + 1 + i] ?? -1;
			}
			visit(row);
		}
		return {...this.#count, readMs: 0};
	}

	#add(row: Row): void {
		if (this.#length + STRIDE > this.#values.length) {
			const grown = new Float64Array(this.#values.length * 2);
			grown.set(this.#values);
			this.#values = grown;
		}
		const values = this.#values;
		const at = this.#length;
		values.set(row.local, at);
		values.set(row.remote, at + 4);
		values[at + ADDRESS_WORDS] = row.hasInfo ? 1 : 0;
		for (let i = 0; i < NUMBERS.length; i++) values[at + ADDRESS_WORDS + 1 + i] = row[NUMBERS[i] as Numbers];
		this.#length += STRIDE;
	}
}
