"""Ends TCP connections in every way, an exact number of each, in the network namespace it is started in (as root).

Argument: JSON {"4": {WAY: count}, "6": {...}, "mapped": {...}}. Prints {"pid": N} when it is ready. For each line on stdin it
makes them all and prints [[WAY, REMOTE PORT, LOCAL PORT, FORM], ...] when they have ended. See endings.ts.
"""
import errno
import json
import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time

ADDRESS = {"4": "10.9.0.1", "6": "fd00:9::1", "mapped": "::ffff:10.9.0.1"}
# Nobody is there, and nobody answers.
NOWHERE = {"4": "10.9.0.2", "6": "fd00:9::2", "mapped": "::ffff:10.9.0.2"}
ANSWER_MS = 50


def run(command):
    subprocess.run(command.split(), check=True)


def prepare():
    run("ip link set lo up")
    run("ip link add nowhere type veth peer name nobody")
    run("ip link set nobody up")
    run("ip link set nowhere up")
    run("ip addr add 10.9.0.1/24 dev nowhere")
    run("ip addr add fd00:9::1/64 dev nowhere nodad")
    run("ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:99 dev nowhere nud permanent")
    run("ip neigh add fd00:9::2 lladdr 02:00:00:00:00:99 dev nowhere nud permanent")


def family(form):
    return socket.AF_INET if form == "4" else socket.AF_INET6


def abort(made):
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    made.close()


class Backend:
    """Listens; each connection is handled as the way of its port says."""

    def __init__(self, form, handle):
        self.listener = socket.socket(family(form))
        self.listener.bind((ADDRESS[form], 0))
        self.listener.listen(4096)
        self.port = self.listener.getsockname()[1]
        self.handle = handle
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            accepted, _ = self.listener.accept()
            threading.Thread(target=self.safely, args=(accepted,), daemon=True).start()

    def safely(self, accepted):
        try:
            self.handle(accepted)
        except OSError:
            pass


def answers_then(end):
    def handle(accepted):
        accepted.recv(1000)
        time.sleep(ANSWER_MS / 1000)
        accepted.sendall(b"a" * 200)
        end(accepted)

    return handle


def reads_then(end):
    def handle(accepted):
        accepted.recv(1000)
        end(accepted)

    return handle


def waits(accepted):
    accepted.recv(1000)
    accepted.recv(1000)
    accepted.close()


def lingers(accepted):
    # Until the other end has closed.
    accepted.recv(1000)
    accepted.close()


def dial(form, port):
    made = socket.socket(family(form))
    made.connect((ADDRESS[form], port))
    return made


def asked(form, port):
    made = dial(form, port)
    made.sendall(b"q" * 100)
    return made


def read_to_end(made):
    while made.recv(1000):
        pass


def backend_closes(form, port):
    made = asked(form, port)
    read_to_end(made)
    return made


def traefik_closes(form, port):
    made = asked(form, port)
    made.recv(1000)
    return made


def is_reset(form, port):
    made = asked(form, port)
    try:
        read_to_end(made)
    except ConnectionResetError:
        pass
    return made


def gives_up(form, port):
    made = asked(form, port)
    time.sleep(0.02)
    return made


def stays_unused(form, port):
    return dial(form, port)


def is_left(form, port):
    made = dial(form, port)
    made.recv(1000)
    return made


def aborts(form, port):
    made = asked(form, port)
    made.recv(100)
    return made


# The way: what the backend does, what our end does before it closes, how it closes.
WAYS = {
    "answered": (answers_then(lambda s: s.close()), backend_closes, None),
    "answeredOurClose": (answers_then(lingers), traefik_closes, None),
    "unanswered": (reads_then(lambda s: s.close()), backend_closes, None),
    "resetBefore": (reads_then(abort), is_reset, None),
    "resetAfter": (answers_then(lambda s: (time.sleep(0.02), abort(s))), is_reset, None),
    "givenUp": (waits, gives_up, None),
    "unused": (lingers, stays_unused, None),
    "unusedTheirClose": (lambda s: s.close(), is_left, None),
    # 200 bytes come, of which 100 were read: close() resets
    "aborted": (answers_then(lingers), aborts, None),
    "lingerAborted": (waits, gives_up, abort),
}


def refused(form):
    """As Go dials: without blocking, the error by SO_ERROR."""
    placeholder = socket.socket(family(form))
    placeholder.bind((ADDRESS[form], 0))
    port = placeholder.getsockname()[1]
    made = socket.socket(family(form))
    made.setblocking(False)
    made.connect_ex((ADDRESS[form], port))
    select.select([], [made], [], 5)
    assert made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED
    return made, port, placeholder


def unanswered_dial(form):
    made = socket.socket(family(form))
    made.setblocking(False)
    made.connect_ex((NOWHERE[form], 8080))
    return made, 8080


backends = {}


def end(form, way, count):
    if way in ("refused", "dialTimedOut", "dialGivenUp"):
        made = [refused(form) if way == "refused" else unanswered_dial(form) for _ in range(count)]
        if way == "dialTimedOut":
            time.sleep(1.3)
        for each in made:
            yield [way, each[1], each[0].getsockname()[1], form]
            each[0].close()
        return
    backend, client, close = WAYS[way]
    if (form, way) not in backends:
        backends[form, way] = Backend(form, backend)
    port = backends[form, way].port
    for _ in range(count):
        made = client(form, port)
        yield [way, port, made.getsockname()[1], form]
        (close or socket.socket.close)(made)


def main():
    prepare()
    print(json.dumps({"pid": os.getpid()}), flush=True)
    for _ in sys.stdin:
        ended = []
        for form, ways in json.loads(sys.argv[1]).items():
            for way, count in ways.items():
                ended.extend(end(form, way, count))
        time.sleep(0.2)
        print(json.dumps(ended), flush=True)


main()
