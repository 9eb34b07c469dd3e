"""Process 1 of the lab, and of each host in it.

It reaps, starts services, and stops, continues and kills what runs beside it. It ends when its standard input
ends, and with process 1 the kernel kills everything in the PID namespace: nothing outlives the lab.

usage: init.py PLAN, a JSON object with role `lab` or `host`. Requests come as JSON lines `{id, do, …}`.
"""

import errno
import json
import os
import selectors
import signal
import subprocess
import sys
import time
import traceback

from mounts import mount_host_ground, mount_lab_ground
from services import Services
from system import LineReader, now_ms, say, set_hostname

# How long a signal may take to be seen in /proc before the request fails.
SETTLE_MS = 2000


def main():
    plan = json.loads(sys.argv[1])
    try:
        prepare(plan)
    except OSError as error:
        say({"event": "failed", "because": str(error)})
        os._exit(1)
    serve(Services())


def prepare(plan):
    if plan["role"] == "lab":
        mount_lab_ground(plan["stateDir"])
    else:
        mount_host_ground(plan)
        set_hostname(plan["name"])
    for path, text in plan["sysctls"].items():
        if os.path.exists("/proc/sys/" + path):
            with open("/proc/sys/" + path, "w") as file:
                file.write(text)
    run_ip(["link set lo up"])


def serve(services):
    wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    requests = LineReader(0)
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ)
    selector.register(wake_read, selectors.EVENT_READ)
    say({"event": "ready"})
    while True:
        ready = {key.fd for key, _ in selector.select(services.next_start_in())}
        if wake_read in ready:
            os.read(wake_read, 4096)
        services.reap()
        services.start_due()
        if 0 in ready:
            batch = requests.read()
            if batch is None:
                os._exit(0)
            for request in batch:
                answer(request, services)


def answer(request, services):
    try:
        result = handle(request, services)
        say({"id": request["id"], "ok": True, "result": result})
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        say({"id": request["id"], "ok": False, "because": str(error)})
    except Exception:
        say({"id": request["id"], "ok": False, "because": traceback.format_exc()})


def handle(request, services):
    verb = request["do"]
    if verb == "ip":
        return run_ip(request["lines"])
    if verb == "start":
        return services.start(request)
    if verb == "forget":
        return services.forget(request["name"])
    if verb == "processes":
        return processes()
    if verb == "signal":
        return send_signal(request)
    if verb == "freeze":
        # D is as good as stopped: a parent that waits for its vforked child, which is stopped before its exec.
        return signal_all(signal.SIGSTOP, "RS", "still runs")
    if verb == "thaw":
        return signal_all(signal.SIGCONT, "Tt", "is still stopped")
    if verb == "link":
        return link(request["path"], request.get("target"))
    raise ValueError("init does not know the verb " + verb)


def run_ip(lines):
    done = subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), capture_output=True, text=True, timeout=5)
    if done.returncode != 0:
        raise ValueError("ip: " + done.stderr.strip())
    return done.stdout


def processes():
    """Everything that runs here except this process, zombies included."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or entry == "1":
            continue
        try:
            with open("/proc/%s/stat" % entry) as file:
                state = file.read().rpartition(")")[2].split()[0]
            with open("/proc/%s/cmdline" % entry, "rb") as file:
                argv = file.read().decode(errors="replace").rstrip("\0").split("\0")
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ESRCH):
                continue
            raise
        found.append({"pid": int(entry), "state": state, "argv": argv})
    return found


def send_signal(request):
    """Signals one process by `pid`, or each one whose command line contains `match`. Returns their pids."""
    number = getattr(signal, request["signal"])
    if "pid" in request:
        pids = [request["pid"]]
    else:
        pids = [p["pid"] for p in processes() if p["state"] != "Z" and request["match"] in " ".join(p["argv"])]
    hit = []
    for pid in pids:
        try:
            os.kill(pid, number)
            hit.append(pid)
        except ProcessLookupError:
            pass
    return hit


def signal_all(number, wrong_states, complaint):
    """Signals every process but this one until none is in a wrong state; commands may enter the host meanwhile.
    Returns how many processes there are."""
    deadline = now_ms() + SETTLE_MS
    while True:
        try:
            os.kill(-1, number)
        except ProcessLookupError:
            return 0
        all_here = processes()
        wrong = [process for process in all_here if process["state"] in wrong_states]
        if not wrong:
            return len(all_here)
        if now_ms() > deadline:
            raise ValueError("process %d (%s) %s" % (wrong[0]["pid"], " ".join(wrong[0]["argv"])[:80], complaint))
        time.sleep(0.001)


def link(path, target):
    """Points `path` at `target`, or removes it: how a serial device appears and vanishes."""
    if os.path.lexists(path):
        os.unlink(path)
    if target is not None:
        os.symlink(target, path)


main()
