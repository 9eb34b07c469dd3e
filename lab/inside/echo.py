"""Answers each UDP request with the request and the name of this host, from the address that was asked.

usage: echo.py PORT. The answer's source must be the floating address: a client would not take it from another one.
"""

import os
import select
import socket
import struct
import sys

from system import prefer_real_time, say

IP_PKTINFO = 8
IPV6_RECVPKTINFO = 49
IPV6_PKTINFO = 50


def main():
    prefer_real_time()
    port = int(sys.argv[1])
    name = os.uname().nodename.encode()
    four = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    four.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    four.bind(("0.0.0.0", port))
    six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    six.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
    six.bind(("::", port))
    say({"event": "ready"})
    while True:
        for ready in select.select([four, six], [], [])[0]:
            answer(ready, name)


def answer(asked, name):
    request, ancillary, _, client = asked.recvmsg(512, 256)
    source = []
    for level, kind, packet in ancillary:
        if level == socket.IPPROTO_IP and kind == IP_PKTINFO:
            # in_pktinfo: interface, source address to use, destination as it came. The route chooses the interface.
            source = [(level, kind, struct.pack("=i4s4s", 0, packet[8:12], b""))]
        elif level == socket.IPPROTO_IPV6 and kind == IPV6_PKTINFO:
            source = [(level, kind, packet[:16] + struct.pack("=i", 0))]
    try:
        asked.sendmsg([request + name], source, 0, client)
    except OSError:
        pass  # The address has gone between question and answer. The client counts that as silence, which it is.


main()
