"""Stands in for ZEO where PyPI cannot be reached: a TCP service that keeps numbers in a file shaped like Data.fs.

usage: standIn.py -C ZEO_CONF | standIn.py --make FILE

It reads `address` and `path` of a zeo.conf, locks the file as ZODB does, answers `ruok` as ZEO does, and takes
`number` and `commit N`; each message is four bytes of length and a body. It proves nothing about ZEO.
"""

import fcntl
import json
import os
import re
import socket
import struct
import sys
import threading
import time

from dataFs import HEADER, MAGIC, Transactions

MESSAGE_BYTES_MAX = 1000


def main():
    if sys.argv[1] == "--make":
        with open(sys.argv[2], "xb") as file:
            file.write(MAGIC)
        return
    with open(sys.argv[2]) as conf:
        text = conf.read()
    host, port = re.search(r"^\s*address\s+(\S+):(\d+)", text, re.M).groups()
    path = re.search(r"^\s*path\s+(\S+)", text, re.M).group(1)
    lock = open(path + ".lock", "a+")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    lock.truncate(0)
    lock.write(" %d\n" % os.getpid())
    lock.flush()
    store = Store(path)
    server = socket.create_server((host, int(port)), backlog=8)
    while True:
        client, _ = server.accept()
        threading.Thread(target=serve, args=(client, store), daemon=True).start()


class Store:
    def __init__(self, path):
        self._file = open(path, "r+b")
        self._lock = threading.Lock()
        self.commits = 0
        found = Transactions(self._file, self._file.seek(0, 2))
        self._file.truncate(found.border)
        self.number = int(found.note or 0)
        self._border = found.border

    def commit(self, number):
        with self._lock:
            note = b"%d" % number
            length = HEADER.size + len(note)
            tid = struct.pack(">Q", time.time_ns())
            self._file.seek(self._border)
            self._file.write(HEADER.pack(tid, length, b" ", 0, len(note), 0) + note + struct.pack(">Q", length))
            self._file.flush()
            os.fsync(self._file.fileno())
            self._border = self._file.tell()
            self.number = number
            self.commits += 1


def serve(client, store):
    try:
        with client, client.makefile("rb") as requests:
            while True:
                head = requests.read(4)
                if len(head) < 4:
                    return
                length = struct.unpack(">I", head)[0]
                if length > MESSAGE_BYTES_MAX:
                    return
                body = requests.read(length)
                if body == b"ruok":
                    answer(client, b"Z5")
                    answer(client, json.dumps({"1": {"connections": 1, "commits": store.commits}}).encode())
                    return
                if body == b"number":
                    answer(client, b"%d" % store.number)
                elif re.fullmatch(rb"commit \d{1,18}", body):
                    store.commit(int(body.split()[1]))
                    answer(client, b"done")
                else:
                    answer(client, b"it knows ruok, number and commit N")
    except OSError:
        pass


def answer(client, body):
    client.sendall(struct.pack(">I", len(body)) + body)


main()
