"""Sends hostile datagrams that claim to come from SOURCE to TARGET, each to and from PORT. Real beats come as hex on stdin.

usage: attack.py SOURCE TARGET PORT noise SEED    garbage, cut, flipped, forged, replayed and oversized ones
       attack.py SOURCE TARGET PORT replay        the real ones again and again, until it is killed
"""

import random
import socket
import struct
import sys
import time

FRAGMENT_BYTES = 1400
PAUSE_SECONDS = 0.0005
REPLAY_SECONDS = 0.01


def main():
    source, target, port, what = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    beats = [bytes.fromhex(line) for line in sys.stdin.read().split()]
    wire = Wire(source, target, port)
    if what == "replay":
        print("ready", flush=True)
        while True:
            for beat in beats:
                wire.send(beat)
                time.sleep(REPLAY_SECONDS)
    sent = 0
    for datagram in noise(beats, random.Random(int(sys.argv[5]))):
        wire.send(datagram)
        sent += 1
        time.sleep(PAUSE_SECONDS)
    print(sent)


def noise(beats, chance):
    for _ in range(400):
        yield chance.randbytes(chance.randrange(0, 1400))
    for beat in beats:
        for length in range(len(beat)):
            yield beat[:length]
        for _ in range(100):
            flipped = bytearray(beat)
            flipped[chance.randrange(len(beat))] ^= 1 << chance.randrange(8)
            yield bytes(flipped)
        for _ in range(20):
            # Everything right but the signature, which is at the end.
            yield beat[:-16] + chance.randbytes(16)
            yield beat + chance.randbytes(chance.randrange(1, 600))
            yield beat
    for size in (1473, 3000, 9000, 65507):
        yield chance.randbytes(size)
        yield beats[0] + bytes(size - len(beats[0]))


class Wire:
    """Raw packets with a false sender; the kernel fills the checksum of the IP header in."""

    def __init__(self, source, target, port):
        self._raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self._source, self._target, self._port = source, target, port
        self._id = 0

    def send(self, payload):
        # A checksum of 0 means that the sender made none.
        datagram = struct.pack("!HHHH", self._port, self._port, 8 + len(payload), 0) + payload
        self._id = (self._id + 1) & 0xFFFF
        for start in range(0, len(datagram), FRAGMENT_BYTES):
            piece = datagram[start : start + FRAGMENT_BYTES]
            more = 0x2000 if start + FRAGMENT_BYTES < len(datagram) else 0
            addresses = socket.inet_aton(self._source) + socket.inet_aton(self._target)
            place = more | start // 8
            header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(piece), self._id, place, 64, 17, 0) + addresses
            self._raw.sendto(header + piece, (self._target, 0))


main()
