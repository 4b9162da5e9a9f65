"""Redis near and far: a resolve by the node's own cache against the key file, a mint against Redis' own SET, and how
soon a key revoked at one node opens nothing at the others.

A trial counts from when the revocation is sent, so that the wait for the disk is part of it; before it the key opened at
every node, so that each had it at hand.
"""

import hashlib
import re
import select
import socket
import statistics
import time

from . import data, loads, managing, rows, scale, servers

# Longest that a trial is waited for.
PATIENCE = 5.0


class Wire:
    """One connection that is kept, and one request at a time on it."""

    def __init__(self, port):
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, method, target, bearer):
        self.socket.sendall(f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {bearer}\r\n"
                            "Content-Length: 0\r\n\r\n".encode())

    def status(self):
        """The status of the answer, the whole of which is read."""
        heard = b""
        while b"\r\n\r\n" not in heard:
            piece = self.socket.recv(65536)
            if not piece:
                raise SystemExit("a node closed a connection")
            heard += piece
        head, _, rest = heard.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        left = (int(length[1]) if length else 0) - len(rest)
        while left > 0:
            left -= len(self.socket.recv(left))
        return int(head[9:12])

    def ask(self, method, target, bearer):
        self.send(method, target, bearer)
        return self.status()


def revoked(side, ids, keys):
    """Seconds from each revocation at the first node until no other opened the key, and from its answer."""
    first, others = Wire(side.nodes[0].port), [Wire(node.port) for node in side.nodes[1:]]
    sent_to_refused, answered_to_refused = [], []
    for name_id, key in zip(ids, keys):
        for wire in others:
            if wire.ask("GET", "/api/key", key) != 200:
                raise SystemExit("a key does not open before it is revoked")
        start = time.perf_counter()
        first.send("DELETE", f"/api/keys/{name_id}", servers.TOKEN)
        waiting, answered = list(others), None
        while waiting or answered is None:
            if answered is None and select.select([first.socket], [], [], 0 if waiting else PATIENCE)[0]:
                if (said := first.status()) != 204:
                    raise SystemExit(f"a revocation was answered by {said}")
                answered = time.perf_counter()
            waiting = [wire for wire in waiting if _opens(wire, key)]
            if time.perf_counter() - start > PATIENCE:
                raise SystemExit(f"a revoked key still opens after {PATIENCE} s")
        end = time.perf_counter()
        sent_to_refused.append(end - start)
        answered_to_refused.append(end - answered)
    for key in keys:
        for wire in (first, *others):
            if wire.ask("GET", "/api/key", key) not in (403, 429):
                raise SystemExit("a revoked key opens again")
    return sent_to_refused, answered_to_refused


def _opens(wire, key):
    said = wire.ask("GET", "/api/key", key)
    # Who asks for keys that are none so often is throttled; one that opened would open all the same.
    if said not in (200, 403, 429):
        raise SystemExit(f"a node answered {said}")
    return said == 200


class Near(scale.Scale):
    """The comparisons, on the data of one size."""

    def __init__(self, folder, program, baseline, given, minting):
        given.sizes = (given.middle,)
        super().__init__(folder, program, baseline, given)
        for store in self.stores:
            # Who revokes here sees all keys.
            store.more = managing.settings()
        self.table, self.minting = [], minting

    def run(self):
        self._resolve()
        self._mint()
        for store in self.stores:
            self._revoke(store)
        return True

    def _resolve(self):
        size = self.given.middle
        sides = {store.name: store.side(size) for store in self.stores}
        time.sleep(2.5)
        for side in sides.values():
            self.resolve(side, size, scale.CONNECTIONS, 99)
        runs = {name: [] for name in sides}
        for number in range(self.rounds):
            for name, side in sides.items():
                runs[name].append(self.resolve(side, size, scale.CONNECTIONS, number))
        for store in self.stores:
            store.forget(sides[store.name])
        if len(runs) > 1:
            self.table.append(rows.rates(rows.Row("GET /api/file by a node's cache, to the key file", "/s", 0.95, 1.0), runs["redis"], runs["json"]))

    def _mint(self):
        """At the store itself, as `redis-benchmark` asks Redis; and through HTTP, whose load has one core and everything else the other."""
        for store in self.stores:
            ours, bare, theirs = [], [], []
            for number in range(self.rounds):
                theirs.append(self.bases(scale.CONNECTIONS, number)["redis SET"])
                bare.append(self._bare(store))
                ours.append(self.mint(self.given.middle, 1, scale.CONNECTIONS, store)[0])
            bar = (0.5, 0.8) if store.name == "redis" else (None, None)
            to = f"to redis-benchmark SET, appendfsync {self.given.policy}"
            row = rows.Row(f"new keys at the store, {store.name}, {to}", "/s", *bar)
            self.table.append(rows.rates(row, bare, theirs, base_waits=True))
            # The generator of both is a whole program, which may well fill its core.
            row.cpu_counts = False
            row = rows.Row(f"(new keys by /redirect, store {store.name}, {to})", "/s", None, None)
            self.table.append(rows.rates(row, ours, theirs, base_waits=True))

    def _bare(self, store):
        argument, side = store.bare(self.given.middle)
        run = loads.bare_mint(self.minting, side, argument, scale.CONNECTIONS, self.seconds)
        store.forget(side)
        return run

    def _revoke(self, store):
        """Trials on the keys of the file that open something, one after another."""
        side = store.side(self.given.middle, 3, core=None)
        with open(self._opens(self.given.middle)) as lines:
            keys = lines.read().split()[:self.given.trials]
        ids = [data.text(hashlib.sha256(key.encode()).digest()) for key in keys]
        sent, answered = revoked(side, ids, keys)
        store.forget(side)
        for what, of, bar, aim in (("median", statistics.median, 50, 10), ("longest", max, 1000, 200)):
            row = rows.Row(f"a revocation is in force on two other nodes, store {store.name}: {what}", "ms", bar, aim, less=True,
                           note=f"{len(keys):,} trials, from when it was sent; from its answer {of(answered) * 1000:.2f} ms")
            row.figure = row.ratio = of(sent) * 1000
            row.base = 1.0
            self.table.append(row)
        self.notes.append(f"store {store.name}: {len(keys):,} revocations, 99 of 100 within {sorted(sent)[len(sent) * 99 // 100] * 1000:.2f} ms")
