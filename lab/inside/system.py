"""The few system calls that Python 3.9 does not offer, and the talk with the lab: one JSON object a line."""

import ctypes
import json
import os
import sys
import time

MS_BIND = 0x1000
MS_REC = 0x4000

_libc = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind=None, flags=0, options=None):
    """mount(2). A failure names the target: the errno alone would not say which of twenty mounts it was."""
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind, options)]
    if _libc.mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3]) != 0:
        error = ctypes.get_errno()
        raise OSError(error, "cannot mount %s on %s: %s" % (kind or source, target, os.strerror(error)))


def set_hostname(name):
    encoded = os.fsencode(name)
    if _libc.sethostname(encoded, len(encoded)) != 0:
        error = ctypes.get_errno()
        raise OSError(error, "cannot set the host name: " + os.strerror(error))


def now_ms():
    """The clock that Node's process.hrtime reads too, so that both sides speak of the same moments."""
    return time.clock_gettime(time.CLOCK_MONOTONIC) * 1000


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def prefer_real_time():
    """Instruments must not be late where the patient is: first in the queue, where the kernel permits it."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(10))
    except OSError:
        pass


class LineReader:
    """Lines from a file descriptor that is read when it is ready. `read` returns None at its end."""

    def __init__(self, fd):
        self._fd = fd
        self._rest = b""

    def read(self):
        chunk = os.read(self._fd, 65536)
        if not chunk:
            return None
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return [json.loads(line) for line in lines if line]
