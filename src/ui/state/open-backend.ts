/** Which backend's sockets are wanted. */
import type {Controls} from './controls.ts';
import type {ScreenState} from './state.ts';

/** The backend that is open, also under the help; null: none. */
export function openKey({screen}: ScreenState): string | null {
	const open = screen.view === 'help' ? screen.from : screen;
	return open.view === 'backend' ? open.key : null;
}

export function openBackend(state: ScreenState): Parameters<Controls['openBackend']>[0] {
	const key = openKey(state);
	if (key === null) return null;
	const at = key.indexOf(' ');
	return {instance: key.slice(0, at), address: key.slice(at + 1)};
}
