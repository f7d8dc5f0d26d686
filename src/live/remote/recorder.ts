/**
The recorder for machines without Node: a script for any POSIX shell (dash, busybox ash, bash) that needs cat, sleep and ls
and uses ss, nsenter and date where they are. What it prints is a capture (raw-block.ts). It is one `{ …; exit; }` group,
so that a shell which reads it from standard input has read all of it before it begins.
*/

export type RecorderOptions = {
	readonly intervalMs: number;
	/** These processes, whatever their names; none: those named traefik. */
	readonly pids: readonly number[];
	/** On the process's name, as grep -E understands it; null: `traefik` and `traefik_*`. */
	readonly match: string | null;
	/** Ends when its standard input does: nothing stays behind in a container when the one who watches goes away. */
	readonly endsWithStdin: boolean;
	/** Leaves ss out. */
	readonly isTextOnly: boolean;
};

export function recorderScript({intervalMs, pids, match, endsWithStdin, isTextOnly}: RecorderOptions): string {
	const taken = match === null ? DEFAULT_TAKEN : `printf '%s\\n' "$1" | grep -Eq -- ${quoted(match)}`;
	const script = `{
# traefik-top recorder: prints the kernel's TCP tables of every Traefik here, once per interval, as a capture.
interval=${Math.max(100, Math.round(intervalMs))}
only='${pids.map((pid) => Math.trunc(pid)).join(' ')}'
LC_ALL=C
export LC_ALL
trap 'exit 0' HUP INT TERM
taken() { ${taken}; }
${endsWithStdin ? ENDS_WITH_STDIN : ''}${CLOCK}${FIND}${isTextOnly ? '' : ENDED}${emit(isTextOnly)}${LOOP}exit 0
}
`;
	// a shell that is fed through a terminal may take a tab for a wish to complete a word
	return script.replaceAll('\t', ' ');
}

function quoted(text: string): string {
	return `'${text.replaceAll("'", "'\\''")}'`;
}

const DEFAULT_TAKEN = 'case $1 in traefik | traefik_*) return 0 ;; esac; return 1';

const ENDS_WITH_STDIN = `exec 3<&0 </dev/null
{ cat <&3 >/dev/null 2>&1; kill -TERM $$ 2>/dev/null; } >/dev/null 2>&1 &
exec 3<&-
`;

/** btime has whole seconds: date, where it knows fractions, says once how far they are off. */
const CLOCK = `three() { t=$1; [ "$1" -lt 100 ] && t=0$t; [ "$1" -lt 10 ] && t=0$t; }
boot() { while read -r key value rest; do [ "$key" = btime ] && btime=$value && break; done </proc/stat; }
clock() {
	read -r up rest </proc/uptime || exit 1
	s=\${up%.*}
	ms=\${up#*.}
	ms=$(((1$ms - 100) * 10))
	three "$ms"
	mono=$s$t
	three $(((ms + skew) % 1000))
	at=$((btime + s + (ms + skew) / 1000))$t
}
btime=0
skew=0
boot
clock
now=$(date +%s%N 2>/dev/null </dev/null)
# no exclamation mark: a shell at a terminal would look for it in its history
[ "$now" -gt 0 ] 2>/dev/null || now=
case $now in
???????????????????)
	now=\${now%??????}
	t=\${now#??????????}
	d=$(((\${now%???} - \${at%???}) * 1000 + 1$t - 1\${at#??????????}))
	[ "$d" -gt 0 ] && [ "$d" -lt 1500 ] && skew=$d
	;;
esac
`;

const FIND = `alive() {
	stat=
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null
	[ -n "$stat" ] || return 1
	set -- \${stat##*) }
	started=\${20}
	case $1 in Z | X) return 1 ;; esac
}
netns() {
	ns=$(ls -n "/proc/$1/ns/net" 2>/dev/null </dev/null)
	case $ns in
	*net:\\[*) ns=\${ns##*net:[} && ns=\${ns%%]*} ;;
	*) ns= ;;
	esac
}
find() {
	found=
	count=0
	if [ -n "$only" ]; then
		for p in $only; do alive "$p" && add "$p"; done
		return
	fi
	for d in /proc/[0-9]*; do
		p=\${d#/proc/}
		name=
		{ read -r name <"$d/comm"; } 2>/dev/null
		[ -n "$name" ] && [ "$p" != "$$" ] && taken "$name" && alive "$p" && add "$p"
	done
}
add() {
	found="$found $1"
	count=$((count + 1))
	netns "$1"
	eval "ns_$1=$ns"
}
`;

/**
`ss -E` prints each connection that ends in a network namespace. Up to three Traefiks have one each (a shell has file
descriptors of one digit), whether they share a namespace or not. It writes into a file without a name, which is emptied when
a new ss takes the place of the one before; it ends by itself after a minute if this script is killed.
*/
const ENDED = `ended_slots='0 1 2'
for slot in $ended_slots; do eval "ended_of_$slot= ended_pid_$slot= ended_tries_$slot=0 ended_at_$slot=0"; done
ended_slot() {
	for slot in $ended_slots; do
		eval "of=\\$ended_of_$slot"
		[ "$of" = "$1" ] && return
	done
	for slot in $ended_slots; do
		eval "of=\\$ended_of_$slot old=\\$ended_pid_$slot"
		[ -n "$of" ] && [ -d "/proc/$of" ] && continue
		[ -z "$old" ] || kill "$old" 2>/dev/null
		eval "ended_of_$slot=$1 ended_pid_$slot= ended_tries_$slot=0"
		return
	done
	return 1
}
ended() {
	ended_slot "$1" || return
	eval "old=\\$ended_pid_$slot tries=\\$ended_tries_$slot since=\\$ended_at_$slot"
	to=$((4 + 2 * slot))
	from=$((5 + 2 * slot))
	if [ -n "$old" ]; then
		printf ':ended ss\\n'
		eval "cat <&$from"
		kill -0 "$old" 2>/dev/null && return
		wait "$old" 2>/dev/null
		[ $((ticks - since)) -gt 2 ] && tries=0
	fi
	eval "ended_pid_$slot="
	[ $tries -lt 3 ] || return
	eval "ended_tries_$slot=$((tries + 1)) ended_at_$slot=$ticks"
	file=$(mktemp 2>/dev/null </dev/null) || { eval "ended_tries_$slot=3"; return; }
	eval "exec $to>>\\"\\$file\\" $from<\\"\\$file\\""
	rm -f "$file"
	enter=
	[ "$ns" = "$own" ] || enter="nsenter -t $1 -n"
	eval "$enter timeout 60 stdbuf -oL ss -E -tinOH </dev/null >&$to 2>/dev/null &"
	eval "ended_pid_$slot=$!"
}
trap 'for slot in $ended_slots; do
	eval "old=\\$ended_pid_$slot"
	[ -z "$old" ] || { kill "$old" && wait "$old"; }
done 2>/dev/null' EXIT
`;

/** Who owns a socket must be known of every one in the table, so the descriptors are listed each time. */
const emit = (isTextOnly: boolean) => `emit() {
	eval "ns=\\$ns_$1"
	more=
	[ $((ticks % 5)) = 0 ] && more=/proc/$1/limits
	ports=assumed
	[ -n "$ns" ] && [ "$ns" = "$own" ] && ports=$range
	begun=
	alive "$1" && begun=" start=$((btime + started / 100))000"
	printf 'traefik-top/1 time=%s part=%s/%s mono=%s%s pid=%s%s%s ports=%s interval=%s\\n' "$at" "$2" "$count" \\
		"$mono" "\${host:+ host=$host}" "$1" "$begun" "\${ns:+ netns=$ns}" "$ports" "$interval" || exit 0
	printf ':proc net\\n'
	cat "/proc/$1/net/tcp" "/proc/$1/net/tcp6" "/proc/$1/net/snmp" "/proc/$1/net/netstat" $more 2>/dev/null </dev/null
${isTextOnly ? '' : '	diag "$1"\n'}	printf ':ls fd\\n'
	ls -n "/proc/$1/fd" 2>/dev/null </dev/null
	printf 'end -\\n' || exit 0
}
diag() {
	[ -n "$ss" ] && [ -n "$ns" ] || return
	if [ "$ns" = "$own" ]; then
		printf ':ss\\n'
		ss -tinaOHe 2>/dev/null </dev/null
		ended "$1"
		return
	fi
	[ -n "$enters" ] || { nsenter -t "$1" -n true 2>/dev/null </dev/null && enters=1 || enters=0; }
	[ $enters = 1 ] || return
	printf ':ss\\n'
	nsenter -t "$1" -n ss -tinaOHe 2>/dev/null </dev/null
	ended "$1"
}
`;

/** Whoever is new is found within 5 intervals, what took the place of one that is gone at once. */
const LOOP = `host=
{ read -r host </proc/sys/kernel/hostname; } 2>/dev/null
netns $$
own=$ns
# read takes one byte at a time, of which the kernel gives a number's first only
set -- $(cat /proc/sys/net/ipv4/ip_local_port_range 2>/dev/null </dev/null)
range=assumed
[ -n "$2" ] && range=$1-$2
enters=
ss=
ss -tinaOHe >/dev/null 2>&1 </dev/null && ss=1
fine=
sleep 0.01 2>/dev/null </dev/null && fine=1
found=
ticks=0
clock
begin_s=$s
begin_ms=$ms
while :; do
	clock
	[ $((ticks % 60)) = 0 ] && boot
	seek=0
	[ $((ticks % 5)) = 0 ] && seek=1
	[ -n "$found" ] || seek=1
	for p in $found; do alive "$p" || seek=1; done
	[ $seek = 1 ] && find
	part=0
	for p in $found; do
		part=$((part + 1))
		emit "$p" "$part"
	done
	if [ -z "$found" ]; then
		printf 'traefik-top/1 time=%s part=0/0%s problem=no%%20Traefik%%20process%%20found\\nend -\\n' "$at" \\
			"\${host:+ host=$host}" || exit 0
	fi
	ticks=$((ticks + 1))
	clock
	late=$(((s - begin_s) * 1000 + ms - begin_ms))
	rest_ms=$((interval - late % interval))
	if [ -n "$fine" ]; then
		three $((rest_ms % 1000))
		sleep "$((rest_ms / 1000)).$t" </dev/null
	else
		sleep $(((rest_ms + 999) / 1000)) </dev/null
	fi
done
`;
