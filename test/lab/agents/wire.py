"""A long wire: frames pass between two interfaces after DELAY ± JITTER ms each way, in order; LOSS percent of them are lost.
It carries RATE Mbit/s each way (0: any number), with a queue of 100 ms before it; what finds the queue full is lost.

    wire.py DELAY JITTER LOSS RATE NEAR:FAR...
    wire.py plain INTERFACE...

tc's netem does the same where the kernel has it. Before, `plain` turns offloading off at the ends, so that what passes is
what would be on a wire: frames of at most the MTU, with checksums.
Prints `ready`, and ends with its stdin.
"""
import ctypes
import fcntl
import heapq
import math
import random
import select
import socket
import struct
import sys
import time

ETH_P_ALL = 3
PACKET_OUTGOING = 4
SIOCETHTOOL = 0x8946
ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO = 0x17, 0x1F, 0x24
QUEUE_SECONDS = 0.1


def plain(interface):
    """Makes the kernel fill in checksums and cut segments itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for command in (ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_STXCSUM):
            value = ctypes.create_string_buffer(struct.pack('II', command, 0))
            fcntl.ioctl(control, SIOCETHTOOL, struct.pack('16sP', interface.encode(), ctypes.addressof(value)))


def opened(interface):
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    packets.bind((interface, 0))
    packets.setblocking(False)
    return packets


def main(delay, jitter, loss, rate, *pairs):
    delay, jitter, loss = float(delay) / 1000, float(jitter) / 1000, float(loss) / 100
    bytes_per_second = float(rate) * 125_000 or math.inf
    other = {}
    for pair in pairs:
        near, far = (opened(name) for name in pair.split(':'))
        other[near], other[far] = far, near
    latest = dict.fromkeys(other, 0.0)
    free = dict.fromkeys(other, 0.0)
    waiting = []
    count = 0
    print('ready', flush=True)
    while True:
        timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        readable, _, _ = select.select([sys.stdin, *other], [], [], timeout)
        if sys.stdin in readable and not sys.stdin.buffer.read1(1):
            return
        for packets in readable:
            if packets is sys.stdin:
                continue
            while True:
                try:
                    frame, address = packets.recvfrom(65536)
                except BlockingIOError:
                    break
                if address[2] == PACKET_OUTGOING or random.random() < loss:
                    continue
                now = time.monotonic()
                start = max(now, free[packets])
                if start - now > QUEUE_SECONDS:
                    continue
                free[packets] = start + len(frame) / bytes_per_second
                due = max(latest[packets], free[packets] + random.uniform(delay - jitter, delay + jitter))
                latest[packets] = due
                count += 1
                heapq.heappush(waiting, (due, count, other[packets], frame))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, packets, frame = heapq.heappop(waiting)
            packets.send(frame)


if sys.argv[1] == 'plain':
    for name in sys.argv[2:]:
        plain(name)
else:
    main(*sys.argv[1:])
