"""Asks the floating address each millisecond who is there, and says when each answer came.

usage: probe.py ADDRESS PORT INTERVAL_MS. Prints a JSON line each 20 ms:
`{event, nowMs, sent, answers: [[ms, name], …], stood: [[fromMs, toMs], …]}`.
An instrument in a process of its own: in the test's process, the test's own work would show up as outages.
"""

import os
import select
import socket
import struct
import sys

from system import now_ms, prefer_real_time, say

REPORT_EACH_MS = 20
# Later than that with a question, the probe stood still: it had no time to ask, and nobody can say who would have answered.
STOOD_MS = 5
# Answers come in bursts after a neighbour was found; the kernel's queue must not drop them.
RECEIVE_BYTES = 1 << 20


def main():
    prefer_real_time()
    address, port, interval_ms = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    probe = socket.socket(family, socket.SOCK_DGRAM)
    probe.setblocking(False)
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    # Requests of other probes and of earlier runs are recognised by this.
    mark = os.urandom(8)
    say({"event": "ready"})
    sent = 0
    answers = []
    stood = []
    next_send = next_report = now_ms()
    while True:
        now = now_ms()
        if now >= next_send:
            if now - next_send > STOOD_MS:
                stood.append([round(next_send, 3), round(now, 3)])
            sent += 1
            ask(probe, mark + struct.pack("!Q", sent), (address, port))
            # Late ones are not made up for: the timeline would show a burst instead of a gap.
            next_send = max(next_send + interval_ms, now)
        if now >= next_report:
            say({"event": "answers", "nowMs": now, "sent": sent, "answers": answers, "stood": stood})
            answers = []
            stood = []
            next_report = now + REPORT_EACH_MS
        timeout = max(0, min(next_send, next_report) - now_ms()) / 1000
        ready = select.select([probe, 0], [], [], timeout)[0]
        if 0 in ready and not os.read(0, 4096):
            return
        if probe in ready:
            collect(probe, mark, address, answers)


def ask(probe, request, target):
    try:
        probe.sendto(request, target)
    except OSError:
        pass  # Unreachable: nobody answered for the address. The gap in the answers says so.


def collect(probe, mark, address, answers):
    while True:
        try:
            answer, source = probe.recvfrom(512)
        except BlockingIOError:
            return
        except OSError:
            continue  # An ICMP error of an earlier request.
        if answer[:8] == mark and source[0] == address:
            answers.append([round(now_ms(), 3), answer[16:].decode(errors="replace")])


main()
