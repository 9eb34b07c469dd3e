"""Shows each unasked announcement of an address that reaches this host: gratuitous ARP, and neighbour advertisements.

usage: announcements.py DEVICE. Prints `{event: "announcement", atMs, form, address, mac}`.
"""

import os
import select
import socket
import struct
import sys

from system import now_ms, say

ETH_P_ALL, ETH_P_ARP, ETH_P_IPV6 = 0x0003, 0x0806, 0x86DD
ICMPV6, NEIGHBOUR_ADVERTISEMENT, SOLICITED_FLAG = 58, 136, 0x40


def main():
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    packets.bind((sys.argv[1], 0))
    say({"event": "ready"})
    while True:
        ready = select.select([packets, 0], [], [])[0]
        if 0 in ready and not os.read(0, 4096):
            return
        if packets in ready:
            frame, source = packets.recvfrom(2048)
            if source[2] != socket.PACKET_OUTGOING:
                show(frame)


def show(frame):
    kind = struct.unpack_from("!H", frame, 12)[0]
    if kind == ETH_P_ARP and len(frame) >= 42:
        operation, mac, sender, _, target = struct.unpack_from("!H6s4s6s4s", frame, 20)
        if sender == target:
            tell("arp-request" if operation == 1 else "arp-reply", socket.inet_ntop(socket.AF_INET, sender), mac)
    elif kind == ETH_P_IPV6 and len(frame) >= 78 and frame[20] == ICMPV6 and frame[54] == NEIGHBOUR_ADVERTISEMENT:
        if not frame[58] & SOLICITED_FLAG:
            # The target's link-layer address is the option of type 2; without it, the sender of the frame.
            mac = frame[80:86] if len(frame) >= 86 and frame[78] == 2 else frame[6:12]
            tell("neighbour-advertisement", socket.inet_ntop(socket.AF_INET6, frame[62:78]), mac)


def tell(form, address, mac):
    say({"event": "announcement", "atMs": round(now_ms(), 3), "form": form, "address": address, "mac": mac.hex(":")})


main()
