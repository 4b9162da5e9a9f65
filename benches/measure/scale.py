"""The cost as work grows: the same loads against more keys, more connections, more nodes, round by round.

All points of an axis are asked once in each round, one after another, beside the baselines at the same number of
connections, so that a ratio is one of loads that ran within the same minute.
"""

import os
import resource
import statistics
import subprocess
import sys
import threading
import time

from . import data, gate, loads, servers, stores
from .loads import Run
from .processes import pinned

MEBIBYTE = 1 << 20
CONNECTIONS = 64
LOADS = ("mint", "resolve", "verdict")
# What each of them is held against, by the name of the baseline.
BASES = {"mint": "redis SET", "resolve": "nginx static", "verdict": "bare 204"}
# Visitors of a minting load's warm-up, and those for each second of it; each asks for every file once.
WARM, EACH_SECOND = 64, 64


class Point:
    """One figure of one series at one place of one axis."""

    def __init__(self, axis, x, what, series, figure, unit, **more):
        self.axis, self.x, self.what, self.series, self.figure, self.unit = axis, x, what, series, figure, unit
        self.base = self.ratio = self.cpu_ratio = self.cpu_us = self.p99_us = None
        self.note = ""
        self.__dict__.update(more)


class Late(Exception):
    """The time for the whole run is over."""


def together(side, asking):
    """`asking(node, number)` of all nodes at the same time, as one run."""
    runs, failed = [None] * len(side.nodes), []

    def one(number):
        try:
            runs[number] = asking(side.nodes[number], number)
        except SystemExit as error:
            failed.append(error)

    before, load_before = side.cpu(), _children()
    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(side.nodes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    seconds = max(run.seconds for run in runs)
    return Run(sum(run.requests for run in runs), seconds, side.cpu() - before, min(_children() - load_before, seconds),
               statistics.median(run.p50_us for run in runs), max(run.p99_us for run in runs))


def _children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Scale:
    """The data of all sizes, and the points on them."""

    def __init__(self, folder, program, baseline, given):
        self.folder, self.program, self.given = folder, program, given
        self.rounds, self.seconds = given.rounds, given.seconds
        self.end_by = time.monotonic() + given.minutes * 60
        self.started, self.points, self.notes, self.sets = [], [], [], {}
        self.root = self._at("root")
        names = data.plant(self.root)
        self.places, self.paths = self._at("places"), self._at("paths")
        with open(self.places, "w") as out:
            out.writelines(f"dirname={self.root}/d{number:03d}&basename={name}\n" for number, name in enumerate(names))
        with open(self.paths, "w") as out:
            out.writelines(f"/d{number:03d}/{name}\n" for number, name in enumerate(names[:data.FEW]))
        self.stores = [stores.STORES[name](folder, program, self.root, self.started) for name in given.store]
        for store in self.stores:
            store.policy = given.policy
        for size in sorted({*given.sizes, given.middle}):
            self._fill(size, names)
        self.bare = servers.baseline(baseline, folder, self._opens(min(given.sizes)))
        self.started.append(self.bare)
        self.nginx = servers.nginx(folder, self.root)
        self.redis = servers.redis(folder, policy=given.policy, name="alone")
        for server in (self.nginx, self.redis):
            if not server:
                raise SystemExit("nginx and redis-server are needed: they are what the figures are held against")
            self.started.append(server)

    def close(self):
        for server in self.started:
            server.process.end()

    def _at(self, name):
        return os.path.join(self.folder, name)

    def _opens(self, size):
        return self._at(f"opens-{size}")

    def _fill(self, size, names):
        """Keys of which those that are asked for open the same hundred files at each size."""
        data.write(self._at(f"keys-{size}.json"), self._opens(size), self.root, names, size)
        with open(self._opens(size) + "-urls") as all_of_them, open(self._opens(size) + "-few-urls", "w") as out:
            out.writelines(line for line in all_of_them if int(line[2:5]) < data.FEW)
        for store in self.stores:
            store.fill(size, self._at(f"keys-{size}.json"))

    def _in_time(self):
        if time.monotonic() > self.end_by:
            raise Late

    def run(self):
        """All axes; those for which there was no time are told."""
        for axis in self.given.axis:
            try:
                start = time.monotonic()
                getattr(self, axis)()
                self.notes.append(f"{axis}: {time.monotonic() - start:.0f} s")
            except Late:
                self.notes.append(f"{axis}: not whole, the {self.given.minutes} minutes were over")
                return False
        return True

    # What is asked.

    def mint(self, size, nodes, connections, store):
        """New keys on a fresh copy; returns the load, how long the first node took to start, and their memory."""
        side = store.side(size, nodes)
        ready = side.nodes[0].ready_seconds
        cookies = []
        for number, node in enumerate(side.nodes):
            cookies.append(self._at(f"cookies-{number}"))
            with open(cookies[number], "w") as out:
                out.writelines(node.session(f"visitor{number}-{visitor}") + "\n" for visitor in range(WARM + max(1, EACH_SECOND * self.seconds)))
        run = self.asked_anew(side, cookies, connections)
        memory = side.memory()
        store.forget(side)
        return run, ready, memory

    def asked_anew(self, side, cookies, connections):
        """New keys of these visitors, the first of whom warm it up."""
        each = max(1, connections // len(side.nodes))

        def asking(first, seconds):
            return lambda node, number: loads.asking_anew(node, cookies[number], self.places, first, seconds, each)

        together(side, asking(0, 1))
        known = side.count()
        run = together(side, asking(WARM, self.seconds))
        new = side.count() - known
        if not run.requests <= new <= run.requests + 2 * connections:
            raise SystemExit(f"{run.requests} answers, {new} new keys")
        return run

    def resolve(self, side, size, connections, number):
        return self.opened(side, self._opens(size) + "-few", self.seconds, connections, number)

    def opened(self, side, keys, seconds, connections=CONNECTIONS, number=0):
        """Files, by the keys that stand at this path."""
        each = max(1, connections // len(side.nodes))
        return together(side, lambda node, _: loads.opening(node, keys, "/api/file", number, seconds, each))

    def verdict(self, side, size, connections, number):
        each = max(1, connections // len(side.nodes))

        def asking(node, _):
            before = (f"GET /auth/nginx HTTP/1.1\\r\\nHost: 127.0.0.1:{node.port}\\r\\n"
                      f"X-Original-Method: GET\\r\\nX-Original-URI: {gate.MOUNT}")
            return loads.lines(node, self._opens(size) + "-few-urls", before, "\\r\\n\\r\\n", number, self.seconds, each)

        return together(side, asking)

    def bases(self, connections, number):
        """The baselines at so many connections."""
        head = " HTTP/1.1\\r\\nHost: n\\r\\n\\r\\n"
        # As many SETs as were done in that time when it was last looked.
        count = self.sets.get(connections, 200 * connections)
        sets = loads.redis_set(self.redis, count, connections)
        self.sets[connections] = max(count, int(sets.rate * self.seconds))
        return {
            "bare 204": loads.plain(self.bare, self.seconds, connections),
            "nginx static": loads.lines(self.nginx, self.paths, "GET ", head, number, self.seconds, connections),
            "redis SET": sets,
        }

    # The axes.

    def keys(self):
        """All loads at each number of keys; start, memory and prune beside them."""
        sides = {(store, size): store.side(size) for size in self.given.sizes for store in self.stores}
        time.sleep(2.5)
        runs, starts, based = {}, {}, []
        for number in range(self.rounds):
            based.append(self.bases(CONNECTIONS, number))
            for (store, size), side in sides.items():
                self._in_time()
                at = (store.name, size)
                runs.setdefault(("resolve", *at), []).append(self.resolve(side, size, CONNECTIONS, number))
                runs.setdefault(("verdict", *at), []).append(self.verdict(side, size, CONNECTIONS, number))
                minted, ready, _ = self.mint(size, 1, CONNECTIONS, store)
                runs.setdefault(("mint", *at), []).append(minted)
                starts.setdefault(at, []).append(ready)
        self._rates("keys", runs, dict(enumerate(based)))
        for (store, size), side in sides.items():
            self._memory(store, size, side)
            store.forget(side)
        self._start(starts)
        self._prune()

    def _memory(self, store, size, side):
        own, beside = (part / MEBIBYTE for part in side.memory())
        self.points.append(Point("keys", size, "memory", store.name, own, "MiB", note="VmRSS of a node that has answered"))
        if beside:
            each = store.filled[size] / size
            self.points.append(Point("keys", size, "memory", "redis-server", beside, "MiB", note=f"{each:.0f} bytes a key (used_memory)"))

    def _start(self, starts):
        for size in self.given.sizes:
            python = statistics.median(_python(self._at(f"keys-{size}.json")) for _ in range(self.rounds))
            self.points.append(Point("keys", size, "start", "json.load", python, "s"))
            for store in self.stores:
                seconds = statistics.median(starts[store.name, size])
                self.points.append(Point("keys", size, "start", store.name, seconds, "s", base=python, ratio=seconds / python))

    def _prune(self):
        for size in self.given.sizes:
            for store in self.stores:
                self._in_time()
                took = []
                for _ in range(self.rounds if size <= 100_000 else 1):
                    side = store.side(size, core=None)
                    took.append(_pruned(self.program, side))
                    store.forget(side)
                self.points.append(Point("keys", size, "prune", store.name, statistics.median(took), "s",
                                         note=f"{size / statistics.median(took):,.0f} keys a second"))

    def connections(self):
        """All loads at each number of connections, on one number of keys."""
        size = self.given.middle
        sides = {store: store.side(size) for store in self.stores}
        time.sleep(2.5)
        runs, based = {}, {}
        for number in range(self.rounds):
            for count in self.given.connections:
                based[number, count] = self.bases(count, number)
                for store, side in sides.items():
                    self._in_time()
                    at = (store.name, count)
                    runs.setdefault(("resolve", *at), []).append(self.resolve(side, size, count, number))
                    runs.setdefault(("verdict", *at), []).append(self.verdict(side, size, count, number))
                    runs.setdefault(("mint", *at), []).append(self.mint(size, 1, count, store)[0])
        self._rates("connections", runs, based)
        for store, side in sides.items():
            store.forget(side)

    def nodes(self):
        """All loads with each number of nodes on one store, all on one core: what a node more costs there."""
        size = self.given.middle
        runs, based = {}, []
        for number in range(self.rounds):
            based.append(self.bases(CONNECTIONS, number))
            for store in self.stores:
                for count in self.given.nodes:
                    self._in_time()
                    side, at = store.side(size, count), (store.name, count)
                    time.sleep(2.5)
                    # What each node remembers by itself is there before it counts.
                    self.resolve(side, size, CONNECTIONS, 99)
                    runs.setdefault(("resolve", *at), []).append(self.resolve(side, size, CONNECTIONS, number))
                    runs.setdefault(("verdict", *at), []).append(self.verdict(side, size, CONNECTIONS, number))
                    store.forget(side)
                    runs.setdefault(("mint", *at), []).append(self.mint(size, count, CONNECTIONS, store)[0])
        self._rates("nodes", runs, dict(enumerate(based)))

    def _rates(self, axis, runs, based):
        """Points of rates and what one request costs, and the baselines at the same places."""
        def base(number, x, name):
            return (based.get(number) or based[number, x])[name]

        for (what, series, x), done in runs.items():
            name = BASES[what]
            others = [base(number, x, name) for number in range(len(done))]
            self.points.append(Point(
                axis, x, what, series, _middle(done, "rate"), "/s", cpu_us=_middle(done, "cpu_us"), p99_us=_middle(done, "p99_us"),
                base=_middle(others, "rate"), ratio=statistics.median(one.rate / other.rate for one, other in zip(done, others)),
                cpu_ratio=statistics.median(other.cpu_us / one.cpu_us for one, other in zip(done, others)),
                note=f"to {name}; servers {_middle(done, 'share'):.0%} and generator {_middle(done, 'load_share'):.0%} of their cores"))
        for what, name in BASES.items():
            for x in sorted({x for _, _, x in runs}):
                others = [base(number, x, name) for number in range(self.rounds)]
                self.points.append(Point(axis, x, what, name, _middle(others, "rate"), "/s",
                                         cpu_us=_middle(others, "cpu_us"), p99_us=_middle(others, "p99_us")))


def _middle(runs, what):
    return statistics.median(getattr(run, what) for run in runs)


def _python(path):
    program = "import json,sys,time; t=time.perf_counter(); json.load(open(sys.argv[1])); print(time.perf_counter()-t)"
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True,
                          preexec_fn=pinned(servers.SERVER_CORE))
    return float(done.stdout)


def _pruned(program, side):
    """Seconds of a prune of all keys while a node serves them; it knows none of them afterwards."""
    start = time.perf_counter()
    done = subprocess.run([program, "-c", side.nodes[0].settings, "prune", "--older-than", "30d"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - start
    if done.returncode or side.count():
        raise SystemExit(f"{side.count()} keys are left: {done.stderr}")
    return seconds
