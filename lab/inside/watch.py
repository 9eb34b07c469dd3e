"""Says when each address of each host came and went, from the kernel's own announcements.

usage: watch.py. It runs in the lab's own namespaces, outside of the hosts': freezing or killing a host's processes does
not blind it. The announcements of all hosts arrive on one socket in the order in which they happened, and no two get the
same moment: also when this program was late, what one host did before the other is told so.

Requests come as JSON lines: `{id, do: "watch", host, pid}` and `{id, do: "forget", host}`; an answer comes after
everything that had happened before the request. Prints `{event: "address", host, atMs, isThere, address, device}`.
"""

import ctypes
import errno
import os
import select
import socket
import struct

from system import LineReader, now_ms, prefer_real_time, say

RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR = 20, 21, 22
RTM_NEWLINK, RTM_GETLINK = 16, 18
RTM_NEWNSID, RTM_GETNSID = 88, 90
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_REQUEST, NLM_F_ACK, NLM_F_REQUEST_DUMP = 0x1, 0x4, 0x301
RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR = 0x1, 0x10, 0x100
IFA_ADDRESS, IFA_LOCAL, IFLA_IFNAME = 1, 2, 3
NETNSA_NSID, NETNSA_FD = 1, 3
SOL_NETLINK, NETLINK_LISTEN_ALL_NSID = 270, 8
CLONE_NEWNET = 0x40000000
RECEIVE_BYTES = 1 << 20
# The resolution of the lab's clock; between two announcements that were read late.
STEP_MS = 0.001

_libc = ctypes.CDLL(None, use_errno=True)


def main():
    prefer_real_time()
    watch = Watch()
    requests = LineReader(0)
    say({"event": "ready"})
    while True:
        ready = select.select([watch.socket, 0], [], [])[0]
        watch.drain()
        if 0 not in ready:
            continue
        batch = requests.read()
        if batch is None:
            return
        for request in batch:
            answer(watch, request)


def answer(watch, request):
    try:
        if request["do"] == "watch":
            watch.add(request["host"], request["pid"])
        else:
            watch.forget(request["host"])
        say({"id": request["id"], "ok": True})
    except OSError as error:
        say({"id": request["id"], "ok": False, "because": str(error)})


class Watch:
    def __init__(self):
        self.socket = netlink()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, 1)
        self.socket.setblocking(False)
        self.socket.bind((0, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR))
        self._hosts = {}
        self._devices = {}
        self._last_ms = 0.0

    def add(self, host, pid):
        """From here on what happens on this host is told. What is there already is told as if it had just come."""
        self.forget(host)
        space = os.open("/proc/%d/ns/net" % pid, os.O_RDONLY | os.O_CLOEXEC)
        try:
            number = number_of(space)
            self._hosts[number] = host
            with inside(space) as there:
                for wanted in (RTM_GETLINK, RTM_GETADDR):
                    there.send(struct.pack("=IHHII", 17, wanted, NLM_F_REQUEST_DUMP, 1, 0) + b"\0")
                    for kind, body in dumped(there):
                        self._note(number, kind, body)
        finally:
            os.close(space)

    def forget(self, host):
        for number in [number for number, name in self._hosts.items() if name == host]:
            del self._hosts[number]
            self._devices = {key: name for key, name in self._devices.items() if key[0] != number}

    def drain(self):
        while True:
            try:
                packet, extra, _, _ = self.socket.recvmsg(65536, socket.CMSG_SPACE(4))
            except BlockingIOError:
                return
            for level, kind, payload in extra:
                if level == SOL_NETLINK and kind == NETLINK_LISTEN_ALL_NSID:
                    number = struct.unpack("=i", payload)[0]
                    for kind, body in messages(packet):
                        self._note(number, kind, body)

    def _note(self, number, kind, body):
        host = self._hosts.get(number)
        if host is None:
            return
        if kind == RTM_NEWLINK:
            index = struct.unpack_from("=i", body, 4)[0]
            name = attributes(body[16:]).get(IFLA_IFNAME, b"")
            self._devices[(number, index)] = name.rstrip(b"\0").decode()
        elif kind in (RTM_NEWADDR, RTM_DELADDR):
            family, _, _, _, index = struct.unpack_from("=BBBBI", body)
            found = attributes(body[8:])
            packed = found.get(IFA_LOCAL, found.get(IFA_ADDRESS))
            if packed is not None:
                device = self._devices.get((number, index), "gone")
                self._tell(host, kind == RTM_NEWADDR, socket.inet_ntop(family, packed), device)

    def _tell(self, host, is_there, address, device):
        at_ms = max(round(now_ms(), 3), self._last_ms + STEP_MS)
        self._last_ms = at_ms
        change = {"host": host, "atMs": round(at_ms, 3), "isThere": is_there, "address": address, "device": device}
        say({"event": "address", **change})


def netlink():
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)


def number_of(space):
    """The number under which the kernel tells of a network namespace here. It gets one if it has none."""
    with netlink() as asker:
        asker.bind((0, 0))
        request = struct.pack("=B3xHHi", 0, 8, NETNSA_NSID, -1) + struct.pack("=HHI", 8, NETNSA_FD, space)
        ask(asker, RTM_NEWNSID, request, NLM_F_REQUEST | NLM_F_ACK)
        answer = ask(asker, RTM_GETNSID, struct.pack("=B3xHHI", 0, 8, NETNSA_FD, space), NLM_F_REQUEST)
        return struct.unpack("=i", attributes(answer[4:])[NETNSA_NSID])[0]


def ask(asker, kind, body, flags):
    asker.send(struct.pack("=IHHII", 16 + len(body), kind, flags, 1, 0) + body)
    for kind, answer in messages(asker.recv(65536)):
        if kind == NLMSG_ERROR:
            code = -struct.unpack_from("=i", answer)[0]
            if code not in (0, errno.EEXIST):
                raise OSError(code, "the kernel tells nothing of that namespace: " + os.strerror(code))
        return answer
    raise OSError(errno.EIO, "the kernel did not answer")


def inside(space):
    """A socket in another network namespace."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        enter(space)
        try:
            there = netlink()
            there.bind((0, 0))
            return there
        finally:
            enter(home)
    finally:
        os.close(home)


def enter(space):
    if _libc.setns(space, CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, "cannot enter a network namespace: " + os.strerror(code))


def dumped(there):
    while True:
        for kind, body in messages(there.recv(65536)):
            if kind in (NLMSG_DONE, NLMSG_ERROR):
                return
            yield kind, body


def messages(packet):
    while len(packet) >= 16:
        length, kind = struct.unpack_from("=IH", packet)
        if length < 16:
            return
        yield kind, packet[16:length]
        packet = packet[(length + 3) & ~3 :]


def attributes(rest):
    found = {}
    while len(rest) >= 4:
        length, kind = struct.unpack_from("=HH", rest)
        if length < 4:
            break
        found[kind] = rest[4:length]
        rest = rest[(length + 3) & ~3 :]
    return found


main()
