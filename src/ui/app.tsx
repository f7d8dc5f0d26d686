/*
	banner                                    only with --demo-if-none
	traefik-top  who                                  when  mode        Header
	totals over all instances
	counts by state                                 sort  filter
	? what cannot be seen                                               note, only where there is one
	STATE  BACKEND  EST  …  WHY                                         TableView | lines of another view | CompactView
	from ━━━━✖━━■──▲──── to                                             scrubber, only in a recording
	what happened last                                      keys        Footer, or the prompt
	what watching costs
*/
import {Box, type SuspendTerminal, useApp, useInput, useWindowSize} from 'ink';
import {useEffect} from 'react';
import {CompactView} from './compact-view.tsx';
import {Footer} from './footer.tsx';
import {Header} from './header.tsx';
import {keyNames} from './keys.ts';
import {layoutOf, type Size} from './layout.ts';
import {line} from './pieces.ts';
import type {State} from './screen-state.ts';
import {scrubberLine} from './scrubber.ts';
import {Lines} from './sheet.tsx';
import {TableView} from './table-view.tsx';
import type {Theme} from './theme.ts';
import {viewLines} from './view-lines.ts';

type Props = {
	readonly state: State;
	readonly theme: Theme;
	readonly isCompact: boolean;
	onKey(key: string, size: Size): void;
	/** Gives what only a mounted app has. */
	onMount(suspendTerminal: SuspendTerminal): void;
};

/** The whole screen, and the keyboard. */
export function App({state, theme, isCompact, onKey, onMount}: Props) {
	const size = useWindowSize();
	const {suspendTerminal} = useApp();
	useEffect(() => onMount(suspendTerminal), [onMount, suspendTerminal]);
	useInput((input, key) => {
		for (const name of keyNames(input, key)) onKey(name, size);
	});
	return <ScreenView {...{state, theme, isCompact}} columns={size.columns} rows={size.rows} />;
}

type ScreenProps = Omit<Props, 'onKey' | 'onMount'> & Size;

/** The screen at a size. */
export function ScreenView({state, theme, isCompact, columns: cells, rows}: ScreenProps) {
	const layout = layoutOf(state, {columns: cells, rows}, isCompact);
	const {body} = layout;
	if (layout.isCompact) {
		return (
			<Box flexDirection="column" height={rows} width={cells}>
				<CompactView {...{state, theme, cells}} lines={body} />
				{layout.footer > 0 && <Footer {...{state, theme, cells}} lines={1} />}
			</Box>
		);
	}
	return (
		<Box flexDirection="column" height={rows} width={cells}>
			{layout.header > 0 && <Header {...{state, theme, cells}} lines={layout.header} />}
			{layout.note !== null && <Lines lines={[line(theme, cells, [[` ? ${layout.note}`, 'unknown']])]} />}
			<Box flexDirection="column" height={body}>
				{layout.isTable ? (
					<TableView {...{state, theme, cells}} lines={body} />
				) : (
					<Lines lines={viewLines(state, theme, cells, body)} />
				)}
			</Box>
			{layout.scrubber > 0 && <Lines lines={[scrubberLine(state.playback, theme, cells)]} />}
			{layout.footer > 0 && <Footer {...{state, theme, cells}} lines={layout.footer} />}
		</Box>
	);
}
