"""Reads Data.fs, the file of ZODB's FileStorage, without ZODB: how far it is complete, and its last transaction.

usage: dataFs.py FILE: prints `{size, border, transactions, tid, note}`.

A transaction: tid (8 bytes), length - 8 (8), status (1), lengths of user, description and extension (2 each), these
three, data, length - 8 again (8). Everything is big-endian. Status `c` is one that is being written.
"""

import json
import struct
import sys

MAGIC = b"FS30"
HEADER = struct.Struct(">8sQcHHH")


class Transactions:
    """The complete transactions that `size` bytes of `file` begin with."""

    def __init__(self, file, size):
        self.border = len(MAGIC)
        self.count = 0
        self.tid = None
        self.note = None
        file.seek(0)
        if file.read(len(MAGIC)) != MAGIC:
            raise ValueError("it does not begin with " + MAGIC.decode())
        while self._read_one(file, size):
            pass

    def _read_one(self, file, size):
        file.seek(self.border)
        header = file.read(HEADER.size)
        if len(header) < HEADER.size:
            return False
        tid, length, status, user, description, extension = HEADER.unpack(header)
        end = self.border + length + 8
        if status == b"c" or end > size or length < HEADER.size + user + description + extension:
            return False
        note = file.read(user + description)[user:]
        file.seek(end - 8)
        if file.read(8) != struct.pack(">Q", length):
            return False
        self.border, self.tid, self.note = end, tid, note.decode(errors="replace")
        self.count += 1
        return True


def describe(path):
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        found = Transactions(file, size)
    tid = None if found.tid is None else found.tid.hex()
    return {"size": size, "border": found.border, "transactions": found.count, "tid": tid, "note": found.note}


if __name__ == "__main__":
    print(json.dumps(describe(sys.argv[1])))
