/**
A Debian kernel in qemu on this machine's files: its / is ours, read-only below a tmpfs, so whatever runs here runs there.
What is needed: Debian's qemu-system-x86, busybox-static, kmod and xz-utils. No root, no network, no disk image.
*/
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {
	chmodSync,
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import {homedir, tmpdir} from 'node:os';
import {join} from 'node:path';

export type Kernel = {readonly version: string; readonly image: string; readonly modules: string};

const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'traefik-top-kernels');
/** virtio and 9p for our files, overlay for what is written. */
const MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay'];

/** What is missing here; null: nothing. */
export function whyNoKernels(): string | null {
	for (const tool of ['qemu-system-x86_64', 'busybox', 'apt-get', 'dpkg', 'depmod', 'modprobe', 'xz']) {
		if (which(tool) === null) return `no ${tool} here: apt-get install qemu-system-x86 busybox-static kmod xz-utils`;
	}
	return null;
}

/** Unpacks Debian's newest kernel of a series such as `6.1`, from the cache if it is there. */
export function kernelOf(series: string): Kernel {
	const image = newest(series);
	const folder = join(CACHE, image);
	const version = image.slice('linux-image-'.length);
	if (!existsSync(folder)) {
		mkdirSync(CACHE, {recursive: true});
		const work = mkdtempSync(join(CACHE, 'unpacking-'));
		// as root apt would fetch as a user that may not write here
		execFileSync('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', 'download', image], {cwd: work, stdio: 'inherit'});
		const [deb = ''] = readdirSync(work).filter((name) => name.endsWith('.deb'));
		execFileSync('dpkg', ['-x', join(work, deb), join(work, 'root')]);
		execFileSync(which('depmod') ?? 'depmod', ['-b', join(work, 'root'), version]);
		renameSync(join(work, 'root'), folder);
		rmSync(work, {recursive: true});
	}
	return {version, image: join(folder, 'boot', `vmlinuz-${version}`), modules: folder};
}

/** Without the variants (cloud, rt) and the unsigned ones. */
function newest(series: string): string {
	const pattern = `^linux-image-${series.replace('.', '\\.')}\\.[0-9.]+(-[0-9]+|[+~]deb[0-9]+)-amd64$`;
	const names = execFileSync('apt-cache', ['search', '--names-only', pattern], {encoding: 'utf8'})
		.split('\n')
		.flatMap((line) => line.match(/^linux-image-\S+/)?.[0] ?? []);
	const last = names.sort(new Intl.Collator('en', {numeric: true}).compare).at(-1);
	if (last === undefined) throw new Error(`apt knows no kernel ${series}: apt-get update, or another Debian`);
	return last;
}

/** Runs a bash command there as root in `directory`; resolves with its exit code, null: the machine ended without one. */
export async function runOn(kernel: Kernel, command: string, directory: string): Promise<number | null> {
	const work = mkdtempSync(join(tmpdir(), 'traefik-top-kernel-'));
	try {
		const out = join(work, 'out');
		mkdirSync(out);
		writeFileSync(join(out, 'command'), `${command}\n`);
		const qemu = spawn('qemu-system-x86_64', machine(kernel, initrd(kernel, work, directory), out), {
			stdio: ['ignore', 'inherit', 'inherit'],
		});
		const stop = () => qemu.kill();
		process.once('exit', stop);
		await once(qemu, 'exit');
		process.off('exit', stop);
		const code = existsSync(join(out, 'rc')) ? readFileSync(join(out, 'rc'), 'utf8').trim() : '';
		return code === '' ? null : Number(code);
	} finally {
		rmSync(work, {recursive: true, force: true});
	}
}

function machine({image}: Kernel, initial: string, out: string): string[] {
	const share = (path: string, tag: string, more: string) => [
		'-virtfs',
		`local,path=${path},mount_tag=${tag},security_model=none,multidevs=remap${more}`,
	];
	// KVM within a virtual machine often hangs or fails: it is for those who ask
	const isKvm = process.env['TRAEFIK_TOP_KVM'] === '1';
	const acceleration = isKvm ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg,thread=multi', '-cpu', 'max'];
	return [
		...acceleration,
		...['-smp', '2', '-m', '4096', '-nodefaults', '-nographic', '-no-reboot', '-nic', 'none'],
		...['-device', 'virtio-rng-pci', '-serial', 'stdio', '-kernel', image, '-initrd', initial],
		...['-append', 'console=ttyS0 quiet panic=-1 mitigations=off'],
		...share('/', 'root', ',readonly=on'),
		...share(out, 'out', ''),
	];
}

function initrd({modules, version}: Kernel, work: string, directory: string): string {
	const root = join(work, 'initrd');
	for (const folder of ['bin', 'modules', 'lower', 'up', 'root']) mkdirSync(join(root, folder), {recursive: true});
	cpSync(which('busybox') ?? '', join(root, 'bin', 'busybox'));
	const order: string[] = [];
	for (const file of moduleFiles(modules, version)) {
		const name = (file.split('/').at(-1) ?? '').replace(/\.xz$/, '');
		const bytes = file.endsWith('.xz') ? execFileSync('xz', ['-dc', file], {maxBuffer: 1 << 28}) : readFileSync(file);
		writeFileSync(join(root, 'modules', name), bytes);
		order.push(name);
	}
	writeFileSync(join(root, 'order'), `${order.join('\n')}\n`);
	const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
	const settings = {
		HERE: directory,
		HOME: homedir(),
		PATH: process.env['PATH'] ?? '',
		MODULES: join(modules, 'lib/modules', version),
	};
	const exports = Object.entries(settings).map(([name, value]) => `export T_${name}=${quoted(value)}`);
	const script = readFileSync(new URL('init.sh', import.meta.url), 'utf8').replace('# settings', exports.join('\n'));
	writeFileSync(join(root, 'init'), script);
	chmodSync(join(root, 'init'), 0o755);
	const packed = join(work, 'initrd.gz');
	execFileSync('sh', ['-c', 'find . | busybox cpio -o -H newc 2> /dev/null | gzip -1 > "$0"', packed], {cwd: root});
	return packed;
}

/** In the order in which they must be loaded. */
function moduleFiles(folder: string, version: string): string[] {
	const files = MODULES.flatMap((name) =>
		execFileSync(which('modprobe') ?? 'modprobe', ['-d', folder, '-S', version, '--show-depends', name], {
			encoding: 'utf8',
		})
			.split('\n')
			.flatMap((line) => line.match(/^insmod (\S+)/)?.[1] ?? []),
	);
	return [...new Set(files)];
}

function which(tool: string): string | null {
	const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
	return folders.map((folder) => join(folder, tool)).find((path) => existsSync(path)) ?? null;
}
