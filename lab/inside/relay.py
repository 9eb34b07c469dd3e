"""The serial cable: two ptys, and between them a line that carries baud / 10 bytes a second each way.

Bytes wait in the sender's pty until the line is free, as they do in the buffer of a real port: a sender that is faster
than the line is blocked by the kernel after 8 KB. At the far end nobody waits: what finds the receiver's buffer full
(about 20 KB in a pty, 4 KB in a real port), or the port closed, is lost and counted. A cut line goes on draining the
sender, into nothing.

usage: relay.py PTS_DIR BAUD. Requests come as JSON lines `{id, do, …}`.
"""

import errno
import fcntl
import os
import random
import select
import struct
import sys
import termios
import time
import tty

from system import LineReader, prefer_real_time, say

TIOCGPTN = 0x80045430
TIOCSPTLCK = 0x40045431

# A 16550's FIFO: the port hands bytes on in pieces of this size.
FIFO_BYTES = 16
# A closed port reports "hang up" for ever; it is looked at this often instead.
CLOSED_LOOK_S = 0.02
# When the relay itself was late, the line catches up at most this much: more would be a burst that no wire carries.
CATCH_UP_S = 0.02


class End:
    """One port: the master side of a pty whose slave is the host's device. `fd` is None while the host has no power."""

    def __init__(self, name):
        self.name = name
        self.fd = None
        self.closed_until = 0

    def plug(self, pts_dir):
        self.unplug()
        fd = os.open(pts_dir + "/ptmx", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC | os.O_NONBLOCK)
        fcntl.ioctl(fd, TIOCSPTLCK, struct.pack("i", 0))
        number = struct.unpack("i", fcntl.ioctl(fd, TIOCGPTN, struct.pack("i", 0)))[0]
        # Opened and closed once: raw from the start, so that no echo answers the peer, and known to be closed.
        slave = os.open("%s/%d" % (pts_dir, number), os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        tty.setraw(slave)
        os.close(slave)
        self.fd = fd
        self.closed_until = 0
        return number

    def unplug(self):
        if self.fd is not None:
            os.close(self.fd)
        self.fd = None

    def take(self):
        """Up to a FIFO of bytes that the host has sent; empty when there are none."""
        if self.fd is None:
            return b""
        try:
            return os.read(self.fd, FIFO_BYTES)
        except OSError as error:
            if error.errno == errno.EIO:
                self.closed_until = time.monotonic() + CLOSED_LOOK_S
            elif error.errno != errno.EAGAIN:
                raise
            return b""

    def is_open(self):
        if self.fd is None:
            return False
        poll = select.poll()
        poll.register(self.fd, 0)
        return not any(events & select.POLLHUP for _, events in poll.poll(0))

    def give(self, piece):
        """Returns how many bytes found room in the receiver's buffer."""
        try:
            return os.write(self.fd, piece)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EIO):
                return 0
            raise


class Direction:
    """One wire of the cable."""

    def __init__(self, source, sink):
        self.source = source
        self.sink = sink
        self.is_cut = False
        self.garbled_per_thousand = 0
        self.piece = b""
        self.due_at = 0
        self.counts = {"delivered": 0, "cut": 0, "unheard": 0, "overrun": 0, "garbled": 0}

    def advance(self, now, bytes_per_second):
        """Delivers what has arrived at the far end, and puts the next bytes on the wire."""
        while not self.piece or self.due_at <= now:
            line_free_at = now
            if self.piece:
                self.deliver()
                line_free_at = max(self.due_at, now - CATCH_UP_S)
            self.piece = b"" if self.source.closed_until > now else self.source.take()
            if not self.piece:
                return
            self.due_at = line_free_at + len(self.piece) / bytes_per_second

    def deliver(self):
        piece = self.garble(self.piece)
        if self.is_cut:
            self.counts["cut"] += len(piece)
        elif not self.sink.is_open():
            self.counts["unheard"] += len(piece)
        else:
            delivered = self.sink.give(piece)
            self.counts["delivered"] += delivered
            self.counts["overrun"] += len(piece) - delivered

    def garble(self, piece):
        if self.garbled_per_thousand == 0:
            return piece
        noisy = bytearray(piece)
        for index in range(len(noisy)):
            if random.random() * 1000 < self.garbled_per_thousand:
                noisy[index] ^= 1 << random.randrange(8)
                self.counts["garbled"] += 1
        return bytes(noisy)


class Cable:
    def __init__(self, pts_dir, baud):
        self.pts_dir = pts_dir
        self.bytes_per_second = baud / 10
        self.ends = {name: End(name) for name in ("node1", "node2")}
        one, two = self.ends.values()
        self.directions = [Direction(one, two), Direction(two, one)]

    def handle(self, request):
        verb = request["do"]
        if verb == "plug":
            return self.ends[request["end"]].plug(self.pts_dir)
        if verb == "unplug":
            for direction in self.directions:
                if request["end"] in (direction.source.name, direction.sink.name):
                    direction.piece = b""
            return self.ends[request["end"]].unplug()
        if verb == "baud":
            self.bytes_per_second = request["baud"] / 10
            return None
        if verb == "wire":
            for direction in self.directions:
                if direction.source.name in request["from"]:
                    direction.is_cut = request.get("isCut", direction.is_cut)
                    direction.garbled_per_thousand = request.get("garbledPerThousand", direction.garbled_per_thousand)
            return None
        if verb == "counts":
            return {direction.source.name: direction.counts for direction in self.directions}
        raise ValueError("the cable does not know the verb " + verb)

    def wait(self):
        """Sleeps until a request or a byte comes, or the next bytes have arrived at the far end."""
        now = time.monotonic()
        readable = [0]
        wake_at = []
        for direction in self.directions:
            if direction.piece:
                wake_at.append(direction.due_at)
            elif direction.source.fd is not None:
                if direction.source.closed_until > now:
                    wake_at.append(direction.source.closed_until)
                else:
                    readable.append(direction.source.fd)
        timeout = max(0, min(wake_at) - now) if wake_at else None
        return 0 in select.select(readable, [], [], timeout)[0]


def main():
    prefer_real_time()
    cable = Cable(sys.argv[1], int(sys.argv[2]))
    requests = LineReader(0)
    say({"event": "ready"})
    while True:
        if cable.wait():
            batch = requests.read()
            if batch is None:
                return
            for request in batch:
                try:
                    say({"id": request["id"], "ok": True, "result": cable.handle(request)})
                except (OSError, ValueError, KeyError) as error:
                    say({"id": request["id"], "ok": False, "because": str(error)})
        for direction in cable.directions:
            direction.advance(time.monotonic(), cable.bytes_per_second)


main()
