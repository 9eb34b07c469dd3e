"""Background processes of a host: started by process 1, logged to a file, restarted where that is asked for."""

import os
import signal
import subprocess

from system import now_ms, say


class Services:
    def __init__(self):
        self._by_pid = {}
        self._due = []

    def start(self, request):
        """Starts `argv` in a session of its own with its output appended to `log`. Returns its pid in this host."""
        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            child = subprocess.Popen(
                request["argv"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=request["cwd"],
                env=request["env"],
                start_new_session=True,
                preexec_fn=reset_signals,
            )
        finally:
            os.close(log)
        self._by_pid[child.pid] = (request, child)
        return child.pid

    def forget(self, name):
        """A service of this name is not restarted any more. What runs goes on."""
        for request, _ in self._by_pid.values():
            if request["name"] == name:
                request["restartAfterMs"] = None
        self._due = [due for due in self._due if due[1]["name"] != name]

    def reap(self):
        """Collects the dead: services, and the orphans that fall to process 1."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            known = self._by_pid.pop(pid, None)
            if known is None:
                continue
            request, child = known
            # Told, so that Popen does not wait for a process that is collected.
            child.returncode = os.waitstatus_to_exitcode(status)
            say({"event": "exited", "name": request["name"], "pid": pid, "code": child.returncode, "atMs": now_ms()})
            after_ms = request.get("restartAfterMs")
            if after_ms is not None:
                self._due.append((now_ms() + after_ms, request))

    def next_start_in(self):
        """Seconds until the next restart, None without one."""
        if not self._due:
            return None
        return max(0, min(at for at, _ in self._due) - now_ms()) / 1000

    def start_due(self):
        due = [request for at, request in self._due if at <= now_ms()]
        self._due = [(at, request) for at, request in self._due if at > now_ms()]
        for request in due:
            pid = self.start(request)
            say({"event": "restarted", "name": request["name"], "pid": pid, "atMs": now_ms()})


def reset_signals():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
