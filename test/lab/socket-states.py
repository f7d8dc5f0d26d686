"""Makes TCP sockets in every state, an exact number of each, in the network namespace it is started in (as root).

Argument: JSON {"4": {STATE: count}, "6": {...}, "mapped": {...}}. Prints one line {"pid": N} when all are there, then
waits until its stdin closes. See sockets.ts for the states and for what they are good for.

Nothing answers at the far address, so a socket stays where it was put. TCP_REPAIR makes an established socket
without a handshake and says which sequence numbers it expects; a raw socket plays the other end with forged segments.
"""
import json
import os
import resource
import socket
import struct
import subprocess
import sys

TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ, TCP_REPAIR_WINDOW = 19, 20, 21, 29
RECV_QUEUE, SEND_QUEUE = 1, 2
SENT, RECEIVED = 1000, 2000  # the next bytes to send and to receive
FIN, SYN, ACK = 1, 2, 16

LOCAL = {"4": "10.9.0.1", "6": "fd00:9::1", "mapped": "::ffff:10.9.0.1"}
REMOTE = {"4": "10.9.0.2", "6": "fd00:9::2", "mapped": "::ffff:10.9.0.2"}

kept = []
next_port = 0


def run(command):
    subprocess.run(command.split(), check=True)


def prepare():
    run("ip link set lo up")
    run("ip link add nowhere type veth peer name nobody")
    run("ip link set nobody up")
    run("ip link set nowhere up")
    run("ip addr add 10.9.0.1/24 dev nowhere")
    run("ip addr add fd00:9::1/64 dev nowhere nodad")
    # Frames for a station that nobody is: dropped without an answer, and no ARP fails.
    run("ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:99 dev nowhere nud permanent")
    run("ip neigh add fd00:9::2 lladdr 02:00:00:00:00:99 dev nowhere nud permanent")
    for name in ("all", "default", "lo", "nowhere"):
        with open(f"/proc/sys/net/ipv4/conf/{name}/rp_filter", "w") as setting:
            setting.write("0")


def port():
    """The next local port: unique for the first 40,000 sockets."""
    global next_port
    next_port += 1
    return 20000 + next_port % 40000


def new_socket(form):
    made = socket.socket(socket.AF_INET if form == "4" else socket.AF_INET6, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.append(made)
    return made


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


raw = {}


def forge(form, remote_port, local_port, flags, sequence, acknowledged):
    """Sends a segment that seems to come from the far address."""
    is6 = form == "6"
    source, target = REMOTE[form].replace("::ffff:", ""), LOCAL[form].replace("::ffff:", "")
    family = socket.AF_INET6 if is6 else socket.AF_INET
    source_bytes, target_bytes = socket.inet_pton(family, source), socket.inet_pton(family, target)
    segment = struct.pack("!HHIIBBHHH", remote_port, local_port, sequence, acknowledged, 5 << 4, flags, 65535, 0, 0)
    pseudo = source_bytes + target_bytes
    pseudo += struct.pack("!II", len(segment), 6) if is6 else struct.pack("!BBH", 0, 6, len(segment))
    segment = segment[:16] + struct.pack("!H", checksum(pseudo + segment)) + segment[18:]
    if is6:
        header = struct.pack("!IHBB", 6 << 28, len(segment), 6, 64) + source_bytes + target_bytes
    else:
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 0, 0, 64, 6, 0, source_bytes, target_bytes)
    if family not in raw:
        raw[family] = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
    raw[family].sendto(header + segment, (target, 0))


def established(form):
    made = new_socket(form)
    # Coprime to the number of local ports, so that 760,000 pairs differ.
    local_port, remote_port = port(), 8080 + next_port % 19
    made.bind((LOCAL[form], local_port))
    made.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    for queue, sequence in ((SEND_QUEUE, SENT), (RECV_QUEUE, RECEIVED)):
        made.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, queue)
        made.setsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ, sequence)
    made.connect((REMOTE[form], remote_port))
    # struct tcp_repair_window: without it the peer's window is 0 and not even a FIN goes out.
    window = struct.pack("=5I", RECEIVED, 65535, 65535, 65535, RECEIVED)
    made.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_WINDOW, window)
    made.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, -1)  # off, without a window probe
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # which leaving repair takes away
    return made, lambda flags, sequence, acknowledged: forge(
        form, remote_port, local_port, flags, sequence, acknowledged
    )


def make_established(form):
    established(form)


def make_keepalive(form):
    made, _ = established(form)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def make_unanswered(form):
    made, _ = established(form)
    made.send(b"hello")


def make_syn_sent(form):
    made = new_socket(form)
    made.setblocking(False)
    made.connect_ex((REMOTE[form], port()))


def make_listen(form):
    made = new_socket(form)
    made.bind((LOCAL[form], port()))
    made.listen(7)


def make_syn_recv(form):
    if ("listener", form) not in raw:
        made = new_socket(form)
        # A listener for both families has mapped ones; the one for IPv6 must not stand in its way.
        made.bind(("::" if form == "mapped" else LOCAL[form], 9000 + len(form)))
        made.listen(4096)
        raw["listener", form] = 9000 + len(form)
    forge(form, port(), raw["listener", form], SYN, RECEIVED, 0)


def make_fin_wait1(form):
    made, _ = established(form)
    made.shutdown(socket.SHUT_WR)


def make_fin_wait2(form):
    made, peer = established(form)
    made.shutdown(socket.SHUT_WR)
    peer(ACK, RECEIVED, SENT + 1)


def make_fin_wait2_orphan(form):
    made, peer = established(form)
    made.close()
    peer(ACK, RECEIVED, SENT + 1)


def make_time_wait(form):
    made, peer = established(form)
    made.close()
    peer(ACK | FIN, RECEIVED, SENT + 1)


def make_close_wait(form):
    _, peer = established(form)
    peer(ACK | FIN, RECEIVED, SENT)


def make_last_ack(form):
    made, peer = established(form)
    peer(ACK | FIN, RECEIVED, SENT)
    made.close()


def make_closing(form):
    made, peer = established(form)
    made.shutdown(socket.SHUT_WR)
    peer(ACK | FIN, RECEIVED, SENT)


def pair(form):
    """Both ends over loopback: two rows."""
    address = {"4": "127.0.0.1", "6": "::1", "mapped": "::ffff:127.0.0.1"}[form]
    if ("pairs", form) not in raw:
        listener = new_socket(form)
        listener.bind((address, 0))
        listener.listen(4096)
        raw["pairs", form] = listener
    listener = raw["pairs", form]
    dialled = new_socket(form)
    dialled.connect((address, listener.getsockname()[1]))
    accepted, _ = listener.accept()
    kept.append(accepted)
    return dialled, accepted


def make_exchanged(form):
    dialled, accepted = pair(form)
    for length in (100, 3000):
        dialled.sendall(b"q" * length)
        accepted.recv(length, socket.MSG_WAITALL)
        accepted.sendall(b"a" * (2 * length))
        dialled.recv(2 * length, socket.MSG_WAITALL)


def make_zero_window(form):
    dialled, _ = pair(form)
    dialled.setblocking(False)
    try:
        while True:
            dialled.send(b"x" * 65536)
    except BlockingIOError:
        pass


first = os.getpid()


def continue_in_child():
    """No process may have more descriptors: this one keeps its sockets, a child makes the rest."""
    global kept
    child = os.fork()
    if child != 0:
        os.waitpid(child, 0)
        sys.exit()
    for each in kept:
        if each not in raw.values():
            each.close()
    kept = [each for each in kept if each in raw.values()]


def main():
    # what --match finds it by, and no other Python
    with open("/proc/self/comm", "w") as comm:
        comm.write(sys.argv[2] if len(sys.argv) > 2 else "tt-sockets")
    prepare()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for form, states in json.loads(sys.argv[1]).items():
        for state, count in states.items():
            for _ in range(count):
                if len(kept) > hard - 100:
                    continue_in_child()
                globals()[f"make_{state}"](form)
    print(json.dumps({"pid": first}), flush=True)
    sys.stdin.read()


main()
