/*
	banner                                    only with --demo-if-none
	traefik-top  who                                  when  mode        Header
	totals over all instances
	counts by state                                 sort  filter
	? what cannot be seen                                               note, only where there is one
	STATE  BACKEND  EST  …  WHY                                         TableView | lines of another view | CompactView
	from ━━━━✖━━■──▲──── to                                             scrubber or lanes, only in a recording
	what happened last                                      keys        Footer, or the prompt
	what watching costs
*/
import {Box, type SuspendTerminal, useApp, useInput, useWindowSize} from 'ink';
import {createContext, memo, type ReactNode, use, useEffect, useMemo, useSyncExternalStore} from 'react';
import {keyNames} from '../state/keys.ts';
import {type Layout, layoutOf, type Size} from '../state/layout.ts';
import type {ScreenState} from '../state/state.ts';
import {Lines} from '../terminal/text-slots.tsx';
import type {Theme} from '../terminal/theme.ts';
import {CompactView} from './compact-view.tsx';
import {Footer} from './footer.tsx';
import {Header} from './header.tsx';
import {laneLines} from './lanes.ts';
import {line} from './pieces.ts';
import {scrubberLine} from './scrubber.ts';
import {TableView} from './table-view.tsx';
import {viewLines} from './view-lines.ts';

/** Where the state is kept. An update from here, unlike render(), passes Ink's own components by. */
export type Store = {
	get(): ScreenState;
	/** Returns what ends it. */
	subscribe(listener: () => void): () => void;
};

type Props = {
	readonly store: Store;
	readonly theme: Theme;
	readonly isCompact: boolean;
	onKey(key: string, size: Size): void;
	/** Gives what only a mounted app has. */
	onMount(suspendTerminal: SuspendTerminal): void;
};

/** The whole screen, and the keyboard. */
export function App({store, theme, isCompact, onKey, onMount}: Props) {
	const state = useSyncExternalStore(store.subscribe, store.get);
	const {columns, rows} = useWindowSize();
	return (
		<>
			<Keyboard {...{onKey, onMount}} />
			<ScreenView {...{state, theme, isCompact, columns, rows}} />
		</>
	);
}

/** Apart, and only rendered once: each time, useInput() has Ink draw a frame. */
const Keyboard = memo(function Keyboard({onKey, onMount}: Pick<Props, 'onKey' | 'onMount'>) {
	const size = useWindowSize();
	const {suspendTerminal} = useApp();
	useEffect(() => onMount(suspendTerminal), [onMount, suspendTerminal]);
	useInput((input, key) => {
		for (const name of keyNames(input, key)) onKey(name, size);
	});
	return null;
});

type ScreenProps = Pick<Props, 'theme' | 'isCompact'> & Size & {readonly state: ScreenState};

type View = {readonly state: ScreenState; readonly theme: Theme; readonly cells: number; readonly layout: Layout};

/**
What the parts draw. They take it from here and not from their parents: as long as no part gets more lines or fewer, the
tree stays the same for React, and Ink lays nothing out again.
*/
const ViewContext = createContext<View | null>(null);

/** The screen at a size. */
export function ScreenView({state, theme, isCompact: isCompactWanted, columns: cells, rows}: ScreenProps) {
	const layout = layoutOf(state, {columns: cells, rows}, isCompactWanted);
	const {isCompact, body} = layout;
	const tree = useMemo(
		() => (
			<Box flexDirection="column" height={rows} width={cells}>
				<Part draw={drawHead} />
				<Box flexDirection="column" height={body}>
					<Part draw={isCompact ? drawCompact : drawBody} />
				</Box>
				<Part draw={drawFoot} />
			</Box>
		),
		[rows, cells, body, isCompact],
	);
	return <ViewContext value={{state, theme, cells, layout}}>{tree}</ViewContext>;
}

function Part({draw}: {readonly draw: (view: View) => ReactNode}) {
	const view = use(ViewContext);
	return view === null ? null : draw(view);
}

function drawHead({state, theme, cells, layout}: View) {
	const {header, note} = layout;
	return (
		<>
			{header > 0 && <Header {...{state, theme, cells}} lines={header} />}
			{note !== null && <Lines lines={[line(theme, cells, [[` ? ${note}`, 'unknown']])]} />}
		</>
	);
}

function drawCompact({state, theme, cells, layout}: View) {
	return <CompactView {...{state, theme, cells}} lines={layout.body} />;
}

function drawBody({state, theme, cells, layout}: View) {
	const {body, isTable} = layout;
	if (isTable) return <TableView {...{state, theme, cells}} lines={body} />;
	return <Lines lines={viewLines(state, theme, cells, body)} />;
}

function drawFoot({state, theme, cells, layout}: View) {
	const {scrubber, footer} = layout;
	return (
		<>
			{scrubber > 0 && (
				<Lines
					lines={
						scrubber === 1
							? [scrubberLine(state.playback, theme, cells)]
							: laneLines(state, theme, cells, scrubber, layout.hasClients)
					}
				/>
			)}
			{footer > 0 && <Footer {...{state, theme, cells}} lines={footer} />}
		</>
	);
}
