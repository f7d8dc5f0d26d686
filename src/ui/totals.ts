/** The sums over all instances: one line whose numbers have room to grow, so that nothing beside them moves. */
import type {InstanceModel, Model} from '../model/model.ts';
import {type Connections, noConnections, STATE_KEYS} from '../parse/tcp-state.ts';
import {grouped} from '../text/count.ts';
import {fit, width} from '../text/fit.ts';
import type {Piece} from './pieces.ts';

/** Cells of each number: roomy, or tight. */
const ROOMY = {clients: 6, backends: 6, timeWait: 6, closeWait: 4, fresh: 5, refused: 5, again: 5} as const;
const TIGHT = {clients: 5, backends: 4, timeWait: 4, closeWait: 3, fresh: 3, refused: 3, again: 3} as const;
const BARE = {clients: 0, backends: 0, timeWait: 0, closeWait: 0, fresh: 0, refused: 0, again: 0} as const;

type Style = {
	readonly cells: Readonly<Record<keyof typeof ROOMY, number>>;
	/** Blanks before a group. */
	readonly gap: number;
	readonly isLong: boolean;
};

const STYLES: readonly Style[] = [
	{cells: ROOMY, gap: 3, isLong: true},
	{cells: TIGHT, gap: 3, isLong: true},
	{cells: TIGHT, gap: 2, isLong: false},
	{cells: BARE, gap: 2, isLong: false},
];

/** The roomiest style that fits; where none does, the groups that fit. */
export function totalPieces(model: Model | null, cells: number): Piece[] {
	if (model === null || model.instances.length === 0) return [];
	const seen = model.instances.filter(({problem}) => problem === null);
	let groups: Piece[][] = [];
	for (const style of STYLES) {
		groups = groupsOf(seen, style);
		if (widthOf(groups) <= cells) return groups.flat();
	}
	while (groups.length > 1 && widthOf(groups) > cells) groups.pop();
	return groups.flat();
}

function widthOf(groups: readonly (readonly Piece[])[]): number {
	return groups.flat().reduce((sum, [text]) => sum + width(text), 0);
}

function groupsOf(seen: readonly InstanceModel[], {cells, gap, isLong}: Style): Piece[][] {
	const clients = sum(seen.map(({clients}) => clients));
	const backends = sum(seen.map(({connections}) => connections));
	const number = (value: number | null, name: keyof typeof cells) => {
		const text = value === null || seen.length === 0 ? '–' : grouped(value);
		return fit(text, Math.max(cells[name], width(text)), 'right');
	};
	const rate = (read: (instance: InstanceModel) => number | null) => {
		const values = seen.map(read).filter((value) => value !== null);
		return values.length === 0 ? null : values.reduce((a, b) => a + b, 0);
	};
	const before = ' '.repeat(gap);
	return [
		[[' clients ', 'quiet'], [`${number(clients.established, 'clients')} est`]],
		[
			[`${before}backends `, 'quiet'],
			[`${number(backends.established, 'backends')} est`],
			[`  ${number(backends.timeWait, 'timeWait')} tw`],
			[`  ${number(backends.closeWait, 'closeWait')} cw`],
		],
		...(
			[
				['new', rate(({openedPerSecond}) => openedPerSecond), 'fresh'],
				[isLong ? 'refused' : 'ref', rate(({refusedPerSecond}) => refusedPerSecond), 'refused'],
				[isLong ? 'retrans' : 'rtx', rate(({retransmittedPerSecond}) => retransmittedPerSecond), 'again'],
			] as const
		).map(([label, value, name]): Piece[] => [
			[`${before}${label} `, 'quiet'],
			[`${number(value, name)}${value === null ? '' : '/s'}`],
		]),
	];
}

function sum(counts: readonly Connections[]): Connections {
	const total = noConnections();
	for (const connections of counts) {
		for (const key of STATE_KEYS) if (key !== undefined) total[key] += connections[key];
	}
	return total;
}
