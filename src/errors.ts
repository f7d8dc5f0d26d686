/**
A problem that the user can do something about. It is printed as one line, without a stack:
what could not be done, to what, why; then what to do.
*/
export class UserError extends Error {
	readonly hint: string;
	/** 1: our error or an unrecognised input; 2: usage; 3: nothing to look at (product.md, "Exit codes"). */
	readonly exitCode: number;

	constructor(message: string, hint: string, exitCode = 1) {
		super(message);
		this.name = 'UserError';
		this.hint = hint;
		this.exitCode = exitCode;
	}
}

/** A signal came while something was read: whoever reads ends at once and says nothing. */
export class InterruptedError extends Error {
	override readonly name = 'InterruptedError';
}
