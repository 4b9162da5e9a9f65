"""The loads, each bounded in time or count, on the core that the servers leave alone."""

import json
import os
import resource
import shutil
import subprocess
import time

from .processes import LOAD_CORE, SERVER_CORE, pinned

HERE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lua")
# Above this share of its core the generator, not the server, may be what a rate shows.
FULL = 0.95
# Below this share of its core a server that waits for nothing was kept from working.
BUSY = 0.9


class Run:
    """What one load came to."""

    def __init__(self, requests, seconds, cpu, load_cpu, p50_us=0.0, p99_us=0.0):
        self.requests, self.seconds, self.cpu = requests, seconds, cpu
        self.rate = requests / seconds
        self.cpu_us = cpu / requests * 1e6
        self.load_share, self.share = load_cpu / seconds, cpu / seconds
        self.p50_us, self.p99_us = p50_us, p99_us


def _children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _watched(server, command, cwd=None):
    before, load_before, start = server.process.cpu(), _children(), time.monotonic()
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120, preexec_fn=pinned(LOAD_CORE))
    seconds = time.monotonic() - start
    cpu, load = server.process.cpu() - before, _children() - load_before
    if done.returncode or not server.process.alive():
        raise SystemExit(f"{command[0]}: {done.stdout}{done.stderr}{server.process.said()}")
    return done.stdout, seconds, cpu, load


def wrk(server, script, arguments, seconds, connections=64):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "5s", "-s", script,
               f"http://127.0.0.1:{server.port}/", "--", *map(str, arguments)]
    out, _, cpu, load = _watched(server, command, HERE)
    said = json.loads(out[out.index('{"requests"'):].splitlines()[0])
    if said["failed"] or not said["requests"]:
        raise SystemExit(f"{said} at {server.port}: {server.process.said()}")
    # wrk reads its lines before the clock starts; what that costs must not look like a full generator.
    return Run(said["requests"], said["seconds"], cpu, min(load, said["seconds"]), said["p50_us"], said["p99_us"])


def plain(server, seconds, connections=64):
    return wrk(server, "plain.lua", [], seconds, connections)


def lines(server, path, before, after, seed, seconds, connections=64):
    return wrk(server, "open.lua", [path, before, after, seed], seconds, connections)


def opening(server, keys_path, target, seed, seconds, connections=64):
    """Keys at random, by Authorization."""
    before = f"GET {target} HTTP/1.1\\r\\nHost: 127.0.0.1:{server.port}\\r\\nAuthorization: Bearer "
    return lines(server, keys_path, before, "\\r\\n\\r\\n", seed, seconds, connections)


def asking_anew(server, cookies, places, visitor, seconds, connections=64):
    """An ask that nobody has made yet in each request, from this visitor on."""
    before = "GET /redirect?"
    between = f" HTTP/1.1\\r\\nHost: 127.0.0.1:{server.port}\\r\\nCookie: "
    after = "\\r\\nSec-Fetch-Mode: navigate\\r\\nSec-Fetch-Dest: document\\r\\n\\r\\n"
    return wrk(server, "mint.lua", [cookies, places, before, between, after, visitor], seconds, connections)


def minting(server, cookies, places, visitor, seconds, connections=64):
    """The same. Checks that each answer was a new key."""
    known = server.keys()
    run = asking_anew(server, cookies, places, visitor, seconds, connections)
    new = server.keys() - known
    # Those under way at the end were minted and not counted.
    if not run.requests <= new <= run.requests + 2 * connections:
        raise SystemExit(f"{run.requests} answers, {new} new keys")
    return run


def redis_set(server, count, connections=64):
    """SET of new values as long as a record, `count` of them."""
    command = [shutil.which("redis-benchmark"), "-p", str(server.port), "-c", str(connections), "-n", str(count),
               "-t", "set", "-d", "300", "-r", "1000000000", "--csv"]
    out, _, cpu, load = _watched(server, command)
    rows = [line.split(",") for line in out.splitlines() if line.startswith('"')]
    header, row = rows[0], rows[-1]
    value = {name.strip('"'): float(cell.strip('"')) for name, cell in zip(header[1:], row[1:])}
    return Run(count, count / value["rps"], cpu, load, value["p50_latency_ms"] * 1000, value["p99_latency_ms"] * 1000)


def bare_mint(minting, side, argument, connections, seconds):
    """New keys at their store, without HTTP, by a program on the core of the load: as `redis-benchmark` has it."""
    before, load_before = side.cpu(), _children()
    done = subprocess.run([minting, str(argument), str(connections), str(seconds)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120, preexec_fn=pinned(LOAD_CORE))
    if done.returncode:
        raise SystemExit(f"minting: {done.stdout}{done.stderr}")
    said = json.loads(done.stdout)
    cpu, load = side.cpu() - before, _children() - load_before
    # A key file has no server: what it costs is the load's.
    return Run(said["requests"], said["seconds"], cpu or load, min(load, said["seconds"]), said["p50_us"], said["p99_us"])


def synced_appends(folder, seconds):
    """The p50 in microseconds of one append of 300 bytes and fdatasync, on the servers' core."""
    path = os.path.join(folder, "appends")
    entry, times = b"x" * 299 + b"\n", []
    pin = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {SERVER_CORE})
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        end = time.perf_counter() + seconds
        while (start := time.perf_counter()) < end:
            os.write(file, entry)
            os.fdatasync(file)
            times.append(time.perf_counter() - start)
    finally:
        os.close(file)
        os.unlink(path)
        os.sched_setaffinity(0, pin)
    return sorted(times)[len(times) // 2] * 1e6
