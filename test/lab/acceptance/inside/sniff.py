"""Prints the payloads of the next COUNT datagrams to PORT that arrive on DEVICE, as hex, one a line.

usage: sniff.py DEVICE PORT COUNT
"""

import socket
import struct
import sys

ETH_P_IP = 0x0800
UDP = 17


def main():
    device, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
    wire.bind((device, ETH_P_IP))
    while count > 0:
        packet, (_, _, kind, _, _) = wire.recvfrom(65536)
        header = (packet[0] & 15) * 4
        if kind == socket.PACKET_OUTGOING or packet[9] != UDP:
            continue
        _, to, length, _ = struct.unpack("!HHHH", packet[header : header + 8])
        if to == port:
            print(packet[header + 8 : header + length].hex())
            count -= 1


main()
