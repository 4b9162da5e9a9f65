"""Processes on a core of their own: started, looked at, ended. Ends nothing that it has not started."""

import os
import signal
import socket
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
SERVER_CORE, LOAD_CORE = 0, 1


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned(core):
    """For Popen's preexec_fn: the child and all its threads stay on one core, or anywhere for None."""
    return None if core is None else lambda: os.sched_setaffinity(0, {core})


class Process:
    """A child and what it costs."""

    def __init__(self, command, core, log, environment=None, cwd=None):
        self.log = log
        self.started = time.monotonic()
        with open(log, "ab") as out:
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=cwd,
                env={**os.environ, **(environment or {})}, preexec_fn=pinned(core))
        self.pid = self.child.pid

    def cpu(self):
        """Seconds of user and system time so far, children that nginx and the like work with included."""
        return sum(_cpu(pid) for pid in [self.pid, *self._children()])

    def memory(self):
        """(VmRSS, PSS) in bytes."""
        with open(f"/proc/{self.pid}/smaps_rollup") as text:
            lines = dict(line.split(":", 1) for line in text.read().splitlines()[1:])
        return tuple(int(lines[name].split()[0]) * 1024 for name in ("Rss", "Pss"))

    def alive(self):
        return self.child.poll() is None

    def said(self):
        with open(self.log, errors="replace") as text:
            return text.read()[-2000:]

    def end(self):
        if self.alive():
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(12)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()

    def kill(self):
        if self.alive():
            self.child.kill()
            self.child.wait()

    def _children(self):
        try:
            with open(f"/proc/{self.pid}/task/{self.pid}/children") as text:
                return [int(pid) for pid in text.read().split()]
        except OSError:
            return []


def _cpu(pid):
    with open(f"/proc/{pid}/stat") as text:
        fields = text.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def ask(port, text, patience=120.0, process=None):
    """The whole answer to one request, asked again until somebody listens."""
    end = time.monotonic() + patience
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=patience) as wire:
                wire.sendall(text.encode())
                answer = b""
                while piece := wire.recv(65536):
                    answer += piece
                return answer
        except ConnectionRefusedError:
            if time.monotonic() > end or (process and not process.alive()):
                raise SystemExit(f"nobody answers at {port}: {process.said() if process else ''}") from None
            time.sleep(0.0005)
