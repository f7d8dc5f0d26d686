/** Writes text as bytes without a string for each number. */
const HEX = new TextEncoder().encode('0123456789ABCDEF');
/** Room kept for one field, whatever it is. */
const FIELD_BYTES = 64;

export class ByteText {
	#bytes = new Uint8Array(1 << 16);
	length = 0;

	/** What was written; valid until the next write. */
	get written(): Uint8Array {
		return this.#bytes.subarray(0, this.length);
	}

	clear(): void {
		this.length = 0;
	}

	/** One byte, by its code. */
	byte(code: number): void {
		if (this.length + FIELD_BYTES > this.#bytes.length) this.#grow(this.length + FIELD_BYTES);
		this.#bytes[this.length++] = code;
	}

	text(text: string): void {
		const bytes = Buffer.from(text, 'utf8');
		this.bytes(bytes);
	}

	bytes(bytes: Uint8Array): void {
		if (this.length + bytes.length + FIELD_BYTES > this.#bytes.length) this.#grow(this.length + bytes.length);
		this.#bytes.set(bytes, this.length);
		this.length += bytes.length;
	}

	/** Decimal; any finite number comes back exactly. */
	number(value: number): void {
		if (this.length + FIELD_BYTES > this.#bytes.length) this.#grow(this.length + FIELD_BYTES);
		if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
			this.text(String(value));
			return;
		}
		let rest = value;
		if (rest < 0) {
			this.#bytes[this.length++] = 45;
			rest = -rest;
		}
		let digits = 1;
		for (let limit = 10; rest >= limit; limit *= 10) digits++;
		for (let at = this.length + digits - 1; at >= this.length; at--) {
			const quotient = Math.floor(rest / 10);
			this.#bytes[at] = 48 + (rest - quotient * 10);
			rest = quotient;
		}
		this.length += digits;
	}

	/** The lowest `digits` hex digits. */
	hex(value: number, digits: number): void {
		if (this.length + FIELD_BYTES > this.#bytes.length) this.#grow(this.length + FIELD_BYTES);
		for (let shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
			this.#bytes[this.length++] = HEX[(value >>> shift) & 15] ?? 0;
		}
	}

	#grow(needed: number): void {
		const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, needed + (needed >> 1) + FIELD_BYTES));
		bytes.set(this.written);
		this.#bytes = bytes;
	}
}
