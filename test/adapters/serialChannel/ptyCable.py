"""A serial cable for tests: two ptys, DIR/a and DIR/b, joined end to end.

Commands, one a line on stdin, each answered with "ok":

    hold       carries nothing, as a stuck adapter
    flow       carries again
    noise HEX  a receives these bytes
    vanish a   unplugs the device (or b)
    appear a   plugs it in again
"""
import os
import select
import sys
import tty

directory = sys.argv[1]
masters, slaves = {}, {}
other = {"a": "b", "b": "a"}
waiting = {"a": b"", "b": b""}
is_flowing = True


def appear(end):
    masters[end], slaves[end] = os.openpty()
    tty.setraw(slaves[end])
    os.set_blocking(masters[end], False)
    os.symlink(os.ttyname(slaves[end]), os.path.join(directory, end))


def vanish(end):
    os.unlink(os.path.join(directory, end))
    os.close(slaves.pop(end))
    os.close(masters.pop(end))


def obey(words):
    global is_flowing
    if words[0] in ("hold", "flow"):
        is_flowing = words[0] == "flow"
    elif words[0] == "noise":
        os.write(masters["a"], bytes.fromhex(words[1]))
    else:
        {"vanish": vanish, "appear": appear}[words[0]](words[1])


def read(end):
    try:
        waiting[other[end]] += os.read(masters[end], 4096)
    except OSError:
        pass


def write(end):
    try:
        waiting[end] = waiting[end][os.write(masters[end], waiting[end]):]
    except OSError:
        pass


appear("a")
appear("b")
print("ok", flush=True)
pending = b""
while True:
    ends = list(masters) if is_flowing else []
    readers = [masters[end] for end in ends if not waiting[other[end]]]
    writers = [masters[end] for end in ends if waiting[end]]
    readable, writable, _ = select.select([0] + readers, writers, [])
    for end in ends:
        if masters[end] in readable:
            read(end)
        if masters[end] in writable:
            write(end)
    if 0 in readable:
        text = os.read(0, 4096)
        if not text:
            sys.exit(0)
        pending += text
        while b"\n" in pending:
            line, pending = pending.split(b"\n", 1)
            obey(line.decode().split())
            print("ok", flush=True)
