/** The colours of the terminal in the pictures. */
import type {IBufferCell} from '@xterm/headless';

export const BACKGROUND = 0x14161b;
export const FOREGROUND = 0xd5d9e0;
export const STRIP = 0x1d2027;
export const STRIP_TEXT = 0xe9c46a;

/** The 16 colours of ANSI. */
const SIXTEEN = [
	...[0x2a2e37, 0xe5484d, 0x5fb36a, 0xd98a00, 0x3d8fe0, 0xb06ad9, 0x1f9aa8, 0xc4c9d1],
	...[0x808890, 0xff6b6f, 0x7fd08a, 0xf0ad33, 0x66aef2, 0xc98bef, 0x45bccb, 0xffffff],
];
/** xterm's 6 × 6 × 6 cube. */
const LEVELS = [0, 95, 135, 175, 215, 255];

/** A colour is 0xRRGGBB. */
export function cellColors(cell: IBufferCell): {foreground: number; background: number} {
	const foreground = cell.isFgDefault() ? FOREGROUND : cell.isFgRGB() ? cell.getFgColor() : indexed(cell.getFgColor());
	const background = cell.isBgDefault() ? BACKGROUND : cell.isBgRGB() ? cell.getBgColor() : indexed(cell.getBgColor());
	const [ink, paper] = cell.isInverse() ? [background, foreground] : [foreground, background];
	return {foreground: cell.isDim() ? mix(ink, paper) : ink, background: paper};
}

function indexed(index: number): number {
	if (index < 16) return SIXTEEN[index] ?? FOREGROUND;
	if (index >= 232) return (8 + (index - 232) * 10) * 0x010101;
	const level = (divisor: number) => LEVELS[Math.floor((index - 16) / divisor) % 6] ?? 0;
	return (level(36) << 16) | (level(6) << 8) | level(1);
}

/** Dim is a little nearer to the paper. */
function mix(ink: number, paper: number): number {
	const part = (shift: number) => Math.round(((ink >> shift) & 255) * 0.6 + ((paper >> shift) & 255) * 0.4) << shift;
	return part(16) | part(8) | part(0);
}

export function css(color: number): string {
	return `#${color.toString(16).padStart(6, '0')}`;
}
