/** Whether the screen shows now, and if not, when: the one thing that must never be mistaken. */
import {duration} from '../../text/duration.ts';
import type {Piece} from '../views/pieces.ts';
import {isRecording, type Playback} from './playback.ts';
import type {ScreenState} from './state.ts';

/** Unix ms of what is shown; null: nothing yet. */
export function shownTime({shown, playback, isFrozen}: ScreenState): number | null {
	const time = shown?.model.time ?? null;
	return isFrozen ? time : (playback.position ?? time);
}

export function modePiece({playback, isFrozen, shown}: ScreenState): Piece {
	const {mode, intervalMs, speed, position} = playback;
	if (isFrozen) {
		const behind = position === null || shown === null ? 0 : position - shown.model.time;
		return [`‖ PAUSED${behind > 0 ? ` ${duration(behind)} ago` : ''}`, 'degraded'];
	}
	if (mode === 'replay') return [`▶ REPLAY ${speed}×`, 'accent'];
	if (mode === 'paused') return [`‖ REPLAY ${speed}× ${isAtEnd(playback) ? 'at its end' : 'paused'}`, 'accent'];
	if (mode === 'back') return [`◀ ${backBy(playback)}BACK`, 'degraded'];
	const everyMs = shown?.model.backoff?.intervalMs ?? intervalMs;
	return [`● LIVE${everyMs === null ? '' : ` ${everyMs / 1000}s`}`, 'ok'];
}

/** For a small pane; nothing where it shows now. */
export function shortModePieces({playback, isFrozen}: ScreenState): Piece[] {
	if (isFrozen) return [['‖', 'degraded']];
	if (playback.mode === 'back')
		return [
			[backBy(playback).trim(), 'quiet'],
			[' ◀', 'degraded'],
		];
	// A banner says that these are old data: so must the smallest pane.
	if (playback.banner !== null) return [['DEMO', 'degraded']];
	if (isRecording(playback)) return [[playback.mode === 'replay' ? '▶' : '‖', 'accent']];
	return [];
}

function isAtEnd({position, to}: Playback): boolean {
	return position !== null && to !== null && position >= to;
}

function backBy({position, to}: Playback): string {
	return position === null || to === null ? '' : `${duration(to - position)} `;
}
