"""Copies Data.fs from the peer as far as its transactions are complete. A plain stand-in for the syncer of a ZEO site.

usage: copySite.py [--by-hand] PEER PORT HACTL GROUP MASTER_DIR SLAVE_DIR

The copy is written beside, and renamed when it is on disk: a reader sees the old one or the whole new one. With
`--by-hand` the daemon is not told, as an operator's `cp` would not.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys

from dataFs import Transactions

# A dead peer must hang nobody: the next sync comes soon.
PEER_SECONDS = 2
HACTL_SECONDS = 10
CHUNK_BYTES = 1 << 20


def main():
    words = sys.argv[1:]
    is_by_hand = words[0] == "--by-hand"
    peer, port, hactl, group, master_dir, slave_dir = words[1:] if is_by_hand else words
    source, copy = master_dir + "/Data.fs", slave_dir + "/Data.fs"
    beside = "%s.copy%d" % (copy, os.getpid())
    try:
        with socket.create_connection((peer, int(port)), timeout=PEER_SECONDS) as connection:
            if not is_by_hand:
                tell(hactl, "sync-begin", group)
            fetch(connection, source, beside)
        note, count = cut_at_border(beside)
        if is_served(copy):
            raise ValueError("a server holds %s.lock: stop it first" % copy)
        # An index of the old file may look sane beside the new one.
        remove(copy + ".index")
        os.rename(beside, copy)
        sync_directory(slave_dir)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        remove(beside)
        sys.exit("copySite: %s" % error)
    if not is_by_hand:
        tell(hactl, "sync-end", group)
    print("copied %d transactions of %s:%s, the last one is %s" % (count, peer, source, note or "without a note"))


def tell(hactl, verb, group):
    done = subprocess.run([hactl, verb, group], capture_output=True, text=True, timeout=HACTL_SECONDS)
    if done.returncode != 0:
        raise ValueError("hactl %s %s: %s" % (verb, group, (done.stderr + done.stdout).strip()))


def fetch(connection, source, beside):
    connection.sendall(source.encode() + b"\n")
    with connection.makefile("rb") as answer, open(beside, "xb") as file:
        head = answer.read(8)
        if len(head) < 8:
            raise ValueError("the peer does not lend " + source)
        rest = struct.unpack(">Q", head)[0]
        while rest > 0:
            chunk = answer.read(min(rest, CHUNK_BYTES))
            if not chunk:
                raise ValueError("the peer ended in the middle of " + source)
            file.write(chunk)
            rest -= len(chunk)


def cut_at_border(path):
    with open(path, "r+b") as file:
        found = Transactions(file, file.seek(0, 2))
        file.truncate(found.border)
        file.flush()
        os.fsync(file.fileno())
    return found.note, found.count


def is_served(copy):
    """A lock file is left over after a power cut; what counts is whether a process holds it."""
    try:
        with open(copy + ".lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def sync_directory(path):
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def remove(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


main()
