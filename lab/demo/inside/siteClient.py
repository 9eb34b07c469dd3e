"""A client of the site: commits one number after the other through the floating address, and tells of each.

usage: siteClient.py zeo|standIn ADDRESS PORT EACH_MS [LAST_NUMBER]. Prints JSON lines:

    {event: "commits", nowMs, commits: [[ms, number], …]}
    {event: "failed", atMs, because}        a commit that did not succeed; it is tried again with the same number
    {event: "connected", atMs, number, lost}  the server's last number, and how many committed ones it does not know
    {event: "behind", atMs, because}        the server has gone back in time: this client starts itself anew

A ZEO client that has seen a transaction which its server no longer has does not connect for ever: only a new process
with an empty cache does. That is what it becomes then, by exec. The number is in the note of each transaction too, so
that Data.fs can be read without ZODB.
"""

import json
import logging
import os
import select
import socket
import struct
import sys
import threading
import time

REPORT_EACH_MS = 25
# A commit that waits longer for a connection than this has failed, and is tried again.
WAIT_SECONDS = 1
RETRY_SECONDS = 0.05
# Without an answer for so long the stand-in's connection counts as lost.
ANSWER_SECONDS = 2
FAILURES_MAX = 2000

out_lock = threading.Lock()
unreported = []


def now_ms():
    return time.clock_gettime(time.CLOCK_MONOTONIC) * 1000


def say(message):
    with out_lock:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


def main():
    kind, address, port, each_ms = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    last = int(sys.argv[5]) if len(sys.argv) > 5 else 0
    say({"event": "ready"})
    threading.Thread(target=report, daemon=True).start()
    connect = connect_zeo if kind == "zeo" else StandIn
    failures = 0
    server = None
    while True:
        try:
            if server is None:
                server = connect(address, port)
                found = server.number()
                say({"event": "connected", "atMs": now_ms(), "number": found, "lost": max(0, last - found)})
                # A commit without an answer may have been carried out.
                last = max(last, found)
            server.commit(last + 1)
        except Behind as error:
            begin_anew(last, str(error))
        except Exception as error:
            failures += 1
            if failures < FAILURES_MAX:
                say({"event": "failed", "atMs": now_ms(), "because": "%s: %s" % (type(error).__name__, error)})
            if server is not None and server.has_to_reconnect:
                server = None
            time.sleep(RETRY_SECONDS)
            continue
        last += 1
        with out_lock:
            unreported.append([round(now_ms(), 3), last])
        time.sleep(each_ms / 1000)


def report():
    """Batches, so that the telling does not slow the commits. Ends the process with its standard input."""
    while True:
        if select.select([0], [], [], REPORT_EACH_MS / 1000)[0] and not os.read(0, 4096):
            os._exit(0)
        with out_lock:
            batch = unreported[:]
            unreported.clear()
        say({"event": "commits", "nowMs": now_ms(), "commits": batch})


def begin_anew(last, because):
    say({"event": "behind", "atMs": now_ms(), "because": because})
    with out_lock:
        if unreported:
            sys.stdout.write(json.dumps({"event": "commits", "nowMs": now_ms(), "commits": unreported}) + "\n")
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.argv[:5], str(last)])


class Behind(Exception):
    pass


class NoticesBehind(logging.Handler):
    """ZEO tells only its log that the server is behind; to its user it just never connects."""

    def __init__(self):
        super().__init__(logging.CRITICAL)
        self.complaint = None

    def emit(self, record):
        if "out of sync" in record.getMessage():
            self.complaint = record.getMessage()


class connect_zeo:
    # The library reconnects by itself.
    has_to_reconnect = False

    def __init__(self, address, port):
        import transaction
        import ZEO

        self._transaction = transaction
        self._behind = NoticesBehind()
        # The complaints of its retries are counted here, not printed.
        logging.getLogger("ZEO").addHandler(self._behind)
        logging.getLogger("ZEO").propagate = False
        self._database = ZEO.DB((address, port), wait_timeout=WAIT_SECONDS)

    def number(self):
        connection = self._database.open()
        try:
            return connection.root().get("number", 0)
        finally:
            self._transaction.abort()
            connection.close()

    def commit(self, number):
        if self._behind.complaint is not None:
            raise Behind(self._behind.complaint)
        manager = self._transaction.TransactionManager(explicit=False)
        connection = self._database.open(manager)
        try:
            connection.root()["number"] = number
            manager.get().note(str(number))
            manager.commit()
        except Exception:
            manager.abort()
            raise
        finally:
            connection.close()


class StandIn:
    """The client's side of standIn.py."""

    has_to_reconnect = True

    def __init__(self, address, port):
        self._socket = socket.create_connection((address, port), timeout=ANSWER_SECONDS)
        self._socket.settimeout(ANSWER_SECONDS)

    def number(self):
        return int(self._ask(b"number"))

    def commit(self, number):
        answer = self._ask(b"commit %d" % number)
        if answer != b"done":
            raise ValueError(answer.decode(errors="replace"))

    def _ask(self, words):
        self._socket.sendall(struct.pack(">I", len(words)) + words)
        return self._read(struct.unpack(">I", self._read(4))[0])

    def _read(self, count):
        read = b""
        while len(read) < count:
            chunk = self._socket.recv(count - len(read))
            if not chunk:
                raise ConnectionError("the server has hung up")
            read += chunk
        return read


main()
