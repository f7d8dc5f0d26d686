/** `api-2 10.0.3.12:8080`, or the address alone. */
export function backendLabel({address, name}: {readonly address: string; readonly name: string | null}): string {
	return name === null ? address : `${name} ${address}`;
}
