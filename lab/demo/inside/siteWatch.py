"""Says when the switch of the syncer, the server of the site and the site's Data.fs changed on this host.

usage: siteWatch.py FLAG_FILE PORT DATA_FS. Prints `{event: "changed", atMs, what: flag|listens|copy, to, isFirst}`.
`isFirst`: it was so when the watch began. It looks each two milliseconds: a server needs hundreds of them between its start and its first answer.
"""

import os
import select
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../inside"))

from system import now_ms, prefer_real_time, say  # noqa: E402

LOOK_EACH_SECONDS = 0.002
NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST_DUMP = 4, 20, 0x301
NLMSG_ERROR, NLMSG_DONE = 2, 3
TCP_LISTEN = 10


def main():
    prefer_real_time()
    flag_file, port, data_fs = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    questions = {
        "flag": lambda: first_line(flag_file),
        "listens": Listening(port).ask,
        "copy": lambda: inode(data_fs),
    }
    known = {}
    is_ready = False
    while True:
        if select.select([0], [], [], 0)[0] and not os.read(0, 4096):
            return
        for what, ask in questions.items():
            seen = ask()
            if known.get(what, "nothing") != seen:
                known[what] = seen
                say({"event": "changed", "atMs": round(now_ms(), 3), "what": what, "to": seen, "isFirst": not is_ready})
        if not is_ready:
            is_ready = True
            say({"event": "ready"})
        time.sleep(LOOK_EACH_SECONDS)


def first_line(path):
    try:
        with open(path) as file:
            return file.readline().strip()
    except OSError:
        return None


def inode(path):
    try:
        return os.stat(path).st_ino
    except OSError:
        return None


class Listening:
    """Asks the kernel who listens, by sock_diag(7). /proc/net/tcp would walk the connections of the whole machine."""

    def __init__(self, port):
        self._port = port
        self._netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)
        # inet_diag_req_v2: family, protocol, extensions, padding, states, and a socket id of zeros: any.
        body = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 1 << TCP_LISTEN) + bytes(48)
        head = struct.pack("=IHHII", 16 + len(body), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST_DUMP, 1, 0)
        self._question = head + body

    def ask(self):
        self._netlink.send(self._question)
        found = False
        while True:
            packet = self._netlink.recv(65536)
            while len(packet) >= 16:
                length, kind = struct.unpack_from("=IH", packet)
                if kind == NLMSG_ERROR:
                    raise OSError("the kernel does not answer sock_diag (module tcp_diag)")
                if kind == NLMSG_DONE:
                    return found
                # inet_diag_msg: family, state, timer, retransmissions, then the local port in network order.
                found = found or struct.unpack_from(">H", packet, 20)[0] == self._port
                packet = packet[(length + 3) & ~3 :]


main()
