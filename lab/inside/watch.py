"""Says when each address of a host came and went, from the kernel's own announcements.

usage: watch.py. It runs in the network namespace of the host but outside of its PID namespace, so that freezing or
killing the host's processes does not blind it. Prints `{event: "address", atMs, isThere, address, device}`.
"""

import os
import select
import socket
import struct

from system import now_ms, prefer_real_time, say

RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR, NLMSG_DONE = 20, 21, 22, 3
RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR = 0x10, 0x100
NLM_F_REQUEST_DUMP = 0x301
IFA_ADDRESS, IFA_LOCAL = 1, 2


def main():
    prefer_real_time()
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    netlink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    netlink.bind((0, RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR))
    # What is already there comes as if it had just been added.
    netlink.send(struct.pack("=IHHII", 17, RTM_GETADDR, NLM_F_REQUEST_DUMP, 1, 0) + b"\0")
    is_ready = False
    while True:
        ready = select.select([netlink, 0], [], [])[0]
        if 0 in ready and not os.read(0, 4096):
            return
        if netlink in ready:
            at_ms = now_ms()
            for kind, body in messages(netlink.recv(65536)):
                if kind == NLMSG_DONE and not is_ready:
                    is_ready = True
                    say({"event": "ready"})
                elif kind in (RTM_NEWADDR, RTM_DELADDR):
                    tell(kind == RTM_NEWADDR, body, at_ms)


def messages(packet):
    while len(packet) >= 16:
        length, kind = struct.unpack_from("=IH", packet)
        yield kind, packet[16:length]
        packet = packet[(length + 3) & ~3 :]


def tell(is_there, body, at_ms):
    family, _, _, _, index = struct.unpack_from("=BBBBI", body)
    attributes = {}
    rest = body[8:]
    while len(rest) >= 4:
        length, kind = struct.unpack_from("=HH", rest)
        if length < 4:
            break
        attributes[kind] = rest[4:length]
        rest = rest[(length + 3) & ~3 :]
    packed = attributes.get(IFA_LOCAL, attributes.get(IFA_ADDRESS))
    if packed is None:
        return
    try:
        device = socket.if_indextoname(index)
    except OSError:
        device = "gone"
    address = socket.inet_ntop(family, packed)
    say({"event": "address", "atMs": round(at_ms, 3), "isThere": is_there, "address": address, "device": device})


main()
