"""The rows: what is run in which order, and what is made of it.

A round runs every side once, one after another (A B A B). A row's figure is the median over the rounds, its ratio the
median of the rounds' own ratios, so that a machine that slows down meanwhile slows both sides down.
"""

import functools
import os
import shutil
import statistics
import subprocess
import sys
import time

from . import data, gate, loads, managing, prune, servers, sources
from .processes import pinned

MEBIBYTE = 1 << 20
# Visitors of a minting load's warm-up; each asks for every file once.
WARM_VISITORS = 64


class Row:
    """One line of the table."""

    def __init__(self, what, unit, bar, aim, less=False, note=""):
        self.what, self.unit, self.bar, self.aim, self.less, self.note = what, unit, bar, aim, less, note
        self.figure = self.base = self.ratio = self.cpu_ratio = None
        self.cpu_counts = False

    def judged(self):
        """What the bar is held against: the ratio of the rates, or that of the CPU time."""
        return self.cpu_ratio if self.cpu_counts else self.ratio

    def verdict(self):
        if self.bar is None:
            return "-"
        reached = (lambda limit: self.judged() <= limit) if self.less else (lambda limit: self.judged() >= limit)
        return "aim" if reached(self.aim) else "ok" if reached(self.bar) else "NOT"


def rates(row, ours, base, base_waits=False):
    """A row of `ours` to `base`: the loads of each round. `base_waits` says that the base waits for the disk. Where the
    generator was full, or a base that waits for nothing had not all of its core, a rate shows something else than the
    server; then the CPU time counts."""
    def middle(runs, what):
        return statistics.median(getattr(run, what) for run in runs)

    row.figure, row.base = middle(ours, "rate"), middle(base, "rate")
    row.ratio = statistics.median(one.rate / other.rate for one, other in zip(ours, base))
    row.cpu_ratio = statistics.median(other.cpu_us / one.cpu_us for one, other in zip(ours, base))
    row.cpu_counts = (max(middle(runs, "load_share") for runs in (ours, base)) >= loads.FULL
                      or (not base_waits and middle(base, "share") < loads.BUSY))
    row.note = "; ".join(filter(None, [row.note, *(
        f"{name} {middle(runs, 'cpu_us'):.1f} us CPU, server {middle(runs, 'share'):.0%} and generator {middle(runs, 'load_share'):.0%} of their cores"
        for name, runs in (("ours", ours), ("base", base)))]))
    return row


def medians(row, ours, base):
    row.figure, row.base = statistics.median(ours), statistics.median(base)
    row.ratio = statistics.median(one / other for one, other in zip(ours, base))
    return row


class Bench:
    """A temporary tree with data of both sizes, and the rows on it."""

    def __init__(self, folder, program, baseline, rounds, seconds, keys):
        self.folder, self.program, self.rounds, self.seconds, self.keys = folder, program, rounds, seconds, keys
        self.root = os.path.join(folder, "root")
        names = data.plant(self.root)
        self.notes, self.opens = [], {}
        for size in (100, keys):
            self.opens[size] = self._at(f"opens-{size}")
            made = data.write(self._at(f"keys-{size}.json"), self.opens[size], self.root, names, size)
            self.notes.append(f"{made['keys']:,} keys: {made['asked']:,} of them are asked for, which open {made['files']:,} distinct files of 1 KiB")
        self.paths = self._at("paths")
        with open(self.paths, "w") as out:
            out.writelines(f"/d{number:03d}/{name}\n" for number, name in enumerate(names))
        self.baseline = servers.baseline(baseline, folder, self.opens[keys])
        self.running = [self.baseline]
        self.places = self._at("places")
        with open(self.places, "w") as out:
            out.writelines(f"dirname={self.root}/d{number:03d}&basename={name}\n" for number, name in enumerate(names))

    def close(self):
        for server in self.running:
            server.process.kill()

    def _at(self, name):
        return os.path.join(self.folder, name)

    def _editkey(self, size, core=servers.SERVER_CORE, more=None, name=""):
        """A server on a fresh copy of the key file, its settings with `more`; `name` tells apart two of one size."""
        folder = self._at(f"state-{size}{name}")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(os.path.join(folder, "keys"), mode=0o700)
        if size:
            path = os.path.join(folder, "keys/accesskeys.json")
            shutil.copyfile(self._at(f"keys-{size}.json"), path)
            os.chmod(path, 0o600)
        os.sync()
        server = servers.Editkey(self.program, folder, self.root, core, more)
        self.running.append(server)
        return server

    def _end(self, server):
        self.running.remove(server)
        server.end()

    def _each_round(self, sides, before=lambda: None):
        """Runs every side once a round, `before` each. Returns the runs of each side."""
        runs = {name: [] for name in sides}
        for number in range(self.rounds):
            before()
            for name, side in sides.items():
                runs[name].append(side(number))
        return runs

    def _anew(self, servers_by, start, warm):
        """What starts these servers anew, and warms each: where the system puts a program's memory makes up to a tenth, so
        one process of each would be held against another for where it lies."""
        def again():
            for name in start:
                if name in servers_by:
                    self._end(servers_by.pop(name))
            for name, starts in start.items():
                servers_by[name] = starts()
            # What is remembered of files is two seconds old at the least.
            time.sleep(2.5)
            for name in start:
                warm(name)
        return again

    def file(self):
        """GET /api/file."""
        by = {}
        nginx = servers.nginx(self.folder, self.root)
        sides = {
            "204": lambda _: loads.plain(self.baseline, self.seconds),
            "editkey": lambda number: loads.opening(by["many"], self.opens[self.keys], "/api/file", number, self.seconds),
            "few": lambda number: loads.opening(by["few"], self.opens[100], "/api/file", number, self.seconds),
            "same": lambda number: loads.opening(by["many"], self.opens[self.keys] + "-few", "/api/file", number, self.seconds),
            "lookup": lambda number: loads.opening(self.baseline, self.opens[self.keys], "/lookup", number, self.seconds),
            "read": lambda number: loads.opening(self.baseline, self.opens[self.keys], "/read", number, self.seconds),
        }
        if nginx:
            self.running.append(nginx)
            head = " HTTP/1.1\\r\\nHost: n\\r\\n\\r\\n"
            sides["nginx"] = lambda number: loads.lines(nginx, self.paths, "GET ", head, number, self.seconds)
        sizes = {"many": self.keys, "few": 100}
        start = {name: functools.partial(self._editkey, size) for name, size in sizes.items()}
        anew = self._anew(by, start, lambda name: loads.opening(by[name], self.opens[sizes[name]], "/api/file", 99, 2))
        runs = self._each_round(sides, anew)
        for server in (*by.values(), nginx):
            if server:
                self._end(server)
        yield rates(Row("GET /api/file to bare actix 204", "/s", 0.50, 0.70), runs["editkey"], runs["204"])
        if nginx:
            yield rates(Row("GET /api/file to nginx's static file", "/s", None, 1.0, note="aim: ahead"), runs["editkey"], runs["nginx"])
            yield rates(Row("(nginx static to bare actix 204)", "/s", None, None), runs["nginx"], runs["204"])
        yield rates(Row("(look-up among 1,000,000 to bare actix 204)", "/s", None, None), runs["lookup"], runs["204"])
        yield rates(Row("(std::fs::read in the handler to bare actix 204)", "/s", None, None), runs["read"], runs["204"])
        yield rates(Row("GET /api/file to its rate at 100 keys, the same 100 files", "/s", 0.92, 1.0), runs["same"], runs["few"])
        yield rates(Row("(1,000 files by 100,000 keys to 100 files by 100)", "/s", None, None), runs["editkey"], runs["few"])

    def raw(self):
        """GET /raw of 100 KiB."""
        asked, paths = self._at("pictures-asked"), self._at("pictures-paths")
        data.plant_pictures(self.root, self._at("keys-pictures.json"), asked, paths)
        editkey = self._editkey("pictures")
        nginx = servers.nginx(self.folder, self.root, nopush="off")
        if not nginx:
            raise SystemExit("nginx is needed: /raw is held against its static file")
        self.running.append(nginx)

        def asking(server, path, before):
            after = f" HTTP/1.1\\r\\nHost: 127.0.0.1:{server.port}\\r\\n\\r\\n"
            return lambda number, seconds=self.seconds: loads.lines(server, path, before, after, number, seconds)

        sides = {"editkey": asking(editkey, asked, "GET /raw/"), "nginx": asking(nginx, paths, "GET ")}
        # What is remembered of files is two seconds old at the least.
        time.sleep(max(0, 2.5 - editkey.ready_seconds))
        for side in sides.values():
            side(99, 2)
        runs = self._each_round(sides)
        self._end(editkey)
        self._end(nginx)
        row = Row("raw 100 KiB to nginx's static file", "/s", 0.90, 1.0, note="sendfile on, tcp_nopush off; 16 files")
        row = rates(row, runs["editkey"], runs["nginx"])
        # Whoever reads all that has less left than the servers: what a request costs is the figure.
        row.cpu_counts = True
        yield row

    def _mint(self, size, seconds, connections):
        """One load of new keys on a fresh copy, so that the file has the size that the row says."""
        server = self._editkey(size)
        visitors = WARM_VISITORS + max(1, 64 * seconds)
        cookies = self._at("cookies")
        with open(cookies, "w") as out:
            out.writelines(server.session(f"visitor{number}") + "\n" for number in range(visitors))
        loads.minting(server, cookies, self.places, 0, 1, connections)
        run = loads.minting(server, cookies, self.places, WARM_VISITORS, seconds, connections)
        self._end(server)
        return run

    def mint(self):
        """New durable keys through /redirect."""
        redis = servers.redis(self.folder)
        sides = {
            "204": lambda _: loads.plain(self.baseline, self.seconds),
            "editkey": lambda _: self._mint(self.keys, self.seconds, 64),
            "few": lambda _: self._mint(100, self.seconds, 64),
        }
        if redis:
            self.running.append(redis)
            sides["redis"] = lambda _: loads.redis_set(redis, 20_000 * self.seconds)
        runs = self._each_round(sides)
        if redis:
            self._end(redis)
        yield rates(Row("new keys by /redirect to bare actix 204", "/s", 0.28, 0.45), runs["editkey"], runs["204"])
        if redis:
            yield rates(Row("new keys by /redirect to Redis SET, appendfsync always", "/s", None, 1.0, note="aim: ahead"), runs["editkey"], runs["redis"], base_waits=True)
        yield rates(Row("new keys by /redirect to its rate at 100 keys", "/s", 0.92, 1.0), runs["editkey"], runs["few"], base_waits=True)

    def alone(self):
        """New keys at one connection."""
        sides = {
            "append": lambda _: loads.synced_appends(self.folder, self.seconds),
            "editkey": lambda _: self._mint(self.keys, self.seconds, 1).p50_us,
            "few": lambda _: self._mint(100, self.seconds, 1).p50_us,
        }
        runs = self._each_round(sides)
        yield medians(Row("new key at one connection, p50, to append + fdatasync", "us", 2.2, 1.5, less=True), runs["editkey"], runs["append"])
        yield medians(Row("the same at 100 keys to that at 1,000,000, p50", "us", 0.92, 1.0), runs["few"], runs["editkey"])

    def sources(self):
        """A redirect to a key that exists, by each way of saying who somebody is, to one by editkey's own session."""
        server = self._editkey(100, more=sources.settings(self.folder, self.root))

        def asking(carries):
            head = f" HTTP/1.1\\r\\nHost: 127.0.0.1:{server.port}\\r\\n{carries}\\r\\nSec-Fetch-Mode: navigate\\r\\nSec-Fetch-Dest: document\\r\\n\\r\\n"
            return lambda number, seconds=self.seconds: loads.lines(server, self.places, "GET /redirect?", head, number, seconds)

        sides = {name: asking(carries) for name, carries in sources.carried(server).items()}
        for name, side in sides.items():
            # The first asks make the keys: one for each file.
            side(99, 3)
        known = server.keys()
        runs = self._each_round(sides)
        if server.keys() > known + 10 * len(sides):
            raise SystemExit(f"{server.keys() - known} new keys: the asks did not find those that were there")
        self._end(server)
        for name, bar in (("PHP session", 0.75), ("JWT, HS256", 0.8), ("trusted header", 0.95)):
            yield rates(Row(f"redirect to an existing key by {name}, to own session", "/s", bar, 1.0), runs[name], runs["own session"])

    def gate(self):
        """The verdict, asked directly and by nginx before a file."""
        server = self._editkey(self.keys, more=gate.settings(self.root, self.folder))
        urls, head = self.opens[self.keys] + "-urls", f"Host: 127.0.0.1:{server.port}\\r\\n"
        cookie = "Cookie: " + server.session("ann") + "\\r\\n"

        def asked(to, path, lines, carries=""):
            before = f"GET {path} HTTP/1.1\\r\\n{head}X-Original-Method: GET\\r\\n{carries}X-Original-URI: {gate.MOUNT}"
            return lambda number, seconds=self.seconds: loads.lines(to, lines, before, "\\r\\n\\r\\n", number, seconds)

        def file(to):
            before, after = f"GET {gate.MOUNT}", f" HTTP/1.1\\r\\n{head}\\r\\n"
            return lambda number, seconds=self.seconds: loads.lines(to, urls, before, after, number, seconds)

        sockets = {"editkey": f"unix:{self.folder}/gate.sock", "204": f"unix:{self.folder}/baseline.sock"}
        tcp = {"editkey": f"127.0.0.1:{server.port}", "204": f"127.0.0.1:{self.baseline.port}"}
        asking = {
            f"{name} by {way}": gate.Asking(f"{name}-{way}".replace(" ", "-"), self.folder, self.root, upstream, where[name])
            for way, where in (("TCP", tcp), ("Unix socket", sockets))
            for name, upstream in (("editkey", server), ("204", self.baseline))
        }
        self.running.extend(asking.values())
        sides = {
            "204": lambda _: loads.plain(self.baseline, self.seconds),
            "same": asked(self.baseline, "/auth/nginx", urls),
            "key": asked(server, "/auth/nginx", urls),
            "session 204": asked(self.baseline, "/auth/nginx", self.paths, cookie),
            "session": asked(server, "/auth/nginx", self.paths, cookie),
            **{name: file(nginx) for name, nginx in asking.items()},
        }
        for name, side in sides.items():
            if name != "204":
                side(99, 1)
        runs = self._each_round(sides)
        for one in [*asking.values(), server]:
            self._end(one)
        yield rates(Row("/auth/nginx by key, 1,000,000 keys, to a bare 204 to the same request", "/s", 0.90, 1.0), runs["key"], runs["same"])
        yield rates(Row("(the same to a bare 204 to the shortest request)", "/s", None, None), runs["key"], runs["204"])
        yield rates(Row("/auth/nginx by session cookie, to a bare 204 to the same request", "/s", 0.75, 1.0), runs["session"], runs["session 204"])
        for way in ("TCP", "Unix socket"):
            yield rates(Row(f"a file by nginx + auth_request + editkey, to the same with the 204, by {way}", "/s", 0.90, 1.0),
                        runs[f"editkey by {way}"], runs[f"204 by {way}"])

    def audit(self):
        """A key's use with the audit log and without it: many keys, those of few files, and at the gate."""
        mounts = gate.settings(self.root, self.folder)["gate"]
        by = {}
        start = {way: functools.partial(self._editkey, self.keys, more={"audit": {"file": file}, "gate": mounts}, name=f"-audit-{way}")
                 for way, file in (("on", None), ("off", "off"))}
        keys, few = self.opens[self.keys], self.opens[self.keys] + "-few"

        def asked(way, path):
            return lambda number: loads.opening(by[way], path, "/api/file", number, self.seconds)

        def verdicts(way):
            def side(number):
                before = f"GET /auth/nginx HTTP/1.1\\r\\nHost: 127.0.0.1:{by[way].port}\\r\\nX-Original-Method: GET\\r\\nX-Original-URI: {gate.MOUNT}"
                return loads.lines(by[way], keys + "-urls", before, "\\r\\n\\r\\n", number, self.seconds)
            return side

        sides = {}
        for way in start:
            sides |= {f"many {way}": asked(way, keys), f"few {way}": asked(way, few), f"gate {way}": verdicts(way)}
        # One beside the other.
        sides = dict(sorted(sides.items(), reverse=True))

        def warm(way):
            for name, side in sides.items():
                if name.endswith(f" {way}"):
                    side(99)

        runs = self._each_round(sides, self._anew(by, start, warm))
        for server in by.values():
            self._end(server)
        for what, name in (("GET /api/file, a tenth of the keys at random", "many"), ("GET /api/file, ten thousand keys of the same 100 files", "few"),
                           ("/auth/nginx by key", "gate")):
            yield rates(Row(f"{what}, with the audit log to without", "/s", 0.95, 1.0), runs[f"{name} on"], runs[f"{name} off"])

    def start(self):
        """From the start of the process until /readyz, on one core and on both, beside Python."""
        path = self._at(f"keys-{self.keys}.json")
        program = "import json,sys,time; t=time.perf_counter(); json.load(open(sys.argv[1])); print(time.perf_counter()-t)"

        def python(_):
            done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True,
                                  preexec_fn=pinned(servers.SERVER_CORE))
            return float(done.stdout)

        def ready(core):
            server = self._editkey(self.keys, core)
            self._end(server)
            return server.ready_seconds

        runs = self._each_round({
            "python": python, "one": lambda _: ready(servers.SERVER_CORE), "all": lambda _: ready(None)})
        yield medians(Row("start until /readyz, to Python's json.load", "s", 0.5, 0.5, less=True), runs["all"], runs["python"])
        seconds = medians(Row("start until /readyz, seconds", "s", 1.5, 0.8, less=True), runs["all"], runs["python"])
        seconds.base, seconds.ratio = 1.0, seconds.figure
        yield seconds
        yield medians(Row("(the same on one core)", "s", None, None, less=True), runs["one"], runs["python"])

    def memory(self):
        """Resident memory, without keys and with all."""
        for size, bar, aim in ((0, 12, 8), (self.keys, 200, 110)):
            server = self._editkey(size, None)
            time.sleep(1)
            resident, share = server.process.memory()
            self._end(server)
            row = Row(f"memory with {size:,} keys, VmRSS", "MiB", bar, aim, less=True, note=f"PSS {share / MEBIBYTE:.1f} MiB")
            row.figure, row.base, row.ratio = resident / MEBIBYTE, 1.0, resident / MEBIBYTE
            yield row

    def prune(self):
        """All keys, pruned by the command line while the server goes on minting."""
        runs = []
        for _ in range(self.rounds):
            server = self._editkey(self.keys, None)
            runs.append(prune.measured(self.program, server, self._at(f"state-{self.keys}"), self.places))
            self._end(server)
        for what, at, bar, aim in (("prune of all keys while a server mints", 0, 10, 6), ("(the longest that a mint waited meanwhile)", 1, None, None)):
            row = Row(what, "s", bar, aim, less=True, note=f"{self.keys:,} keys; {min(run[2] for run in runs)} or more were minted meanwhile, none is lost")
            row.figure = row.ratio = statistics.median(run[at] for run in runs)
            row.base = 1.0
            yield row

    def manage(self):
        """Pages and searches of all keys, and the commands of one who sees to them."""
        uses, folder = self._at("lastused.json"), self._at("state-managed")
        managing.write_uses(uses, self.keys)
        managing.put(folder, self._at(f"keys-{self.keys}.json"), uses)
        server = servers.Editkey(self.program, folder, self.root, None, managing.settings())
        self.running.append(server)
        for _, target in managing.ASKS:
            managing.milliseconds(server, target)
        runs = self._each_round({
            what: lambda _, target=target: managing.milliseconds(server, target) for what, target in managing.ASKS})
        for what, asked in runs.items():
            took = [milliseconds for milliseconds, _ in asked]
            row = Row(f"/api/keys, {self.keys:,} keys: {what}", "ms", 50, 25, less=True,
                      note=f"{asked[0][1]:,} found, the slowest {max(took):.0f} ms")
            row.figure, row.base = statistics.median(took), 1.0
            row.ratio = row.figure
            yield row
        self._end(server)
        runs = self._each_round({
            words: lambda number, words=words: managing.command(self.program, folder, words, number) for words in managing.COMMANDS})
        for words, took in runs.items():
            row = Row(f"editkey keys {words}, {self.keys:,} keys, nothing cached", "s", 2.0, 1.0, less=True)
            row.figure, row.base = statistics.median(took), 1.0
            row.ratio = row.figure
            yield row


PARTS = ("file", "raw", "mint", "alone", "sources", "gate", "audit", "start", "memory", "manage", "prune")
