import {UserError} from '../../errors.ts';
import type {CommandContext, Flags} from '../command.ts';
import {hookOf} from '../hook.ts';
import {openLive} from '../input.ts';
import {print, say} from '../print.ts';
import {findTerminal} from '../screen/terminal.ts';
import {type Settings, settingsOf} from '../settings.ts';
import {tableText} from '../snapshot.ts';
import {watchLive} from '../watch-live.ts';
import {DEMO_BANNER, Demo} from './demo.ts';

export async function run(flags: Flags, _: readonly string[], {signal}: CommandContext): Promise<number> {
	const settings = settingsOf(flags);
	if (process.platform !== 'linux' && settings.via.length === 0 && flags.procRoot === undefined) {
		throw new UserError(
			`the live view needs Linux's /proc, this is ${process.platform}`,
			"watch a Linux machine with --via 'ssh HOST', or replay a recording",
		);
	}
	const terminal = findTerminal();
	if (terminal === null) return plainTables(flags, settings, signal);
	const {runLiveScreen} = await import('./live-screen.ts');
	return runLiveScreen(terminal, flags, settings, signal);
}

/** Like top -b: one table per interval, until stopped. */
async function plainTables(flags: Flags, settings: Settings, signal: AbortSignal): Promise<number> {
	const hook = hookOf(flags);
	const source = await openLive(flags, settings);
	let isFirst = true;
	const shown: {demo: Demo | null} = {demo: null};
	await watchLive(source, {hook, settings, signal}, async ({model, assessment}) => {
		if (model.instances.length === 0) {
			if (flags.demoIfNone === true) shown.demo ??= await playDemo(settings);
			return;
		}
		void shown.demo?.close();
		await print(`${isFirst ? '' : '\n'}${tableText(model, assessment, settings)}`);
		isFirst = false;
	});
	await shown.demo?.close();
	return 0;
}

/** The bundled incident as tables, at its own pace. */
async function playDemo(settings: Settings): Promise<Demo | null> {
	const demo = await Demo.open(settings, {
		show: (model, assessment) => void print(`${DEMO_BANNER}\n${tableText(model, assessment, settings)}\n`),
		showPlayback() {},
		showRows() {},
	});
	void demo?.run().catch((error: unknown) => say(error instanceof Error ? error.message : String(error)));
	return demo;
}
