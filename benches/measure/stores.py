"""The two stores as `benches/scale` and its kin know them: how one is filled, and nodes that share it.

A store is filled once for each number of keys; every load that changes something has a fresh copy of that.
"""

import os
import re
import shutil
import subprocess
import time

from . import gate, layout, servers

# Up to so many keys editkey itself may bring them in; more go by `redis-cli --pipe`.
MIGRATED = 1_000


class Side:
    """Nodes on one store, and the processes that answer for them."""

    def __init__(self, nodes, beside, count):
        self.nodes, self.beside, self.count = nodes, beside, count

    def cpu(self):
        return sum(server.process.cpu() for server in [*self.nodes, *self.beside])

    def memory(self):
        """Bytes of a node, and of the server beside it."""
        own = max(node.process.memory()[0] for node in self.nodes)
        return own, sum(server.process.memory()[0] for server in self.beside)

    def end(self):
        for server in [*self.nodes, *self.beside]:
            server.end()

    def kill(self):
        for server in [*self.nodes, *self.beside]:
            server.process.kill()


class Store:
    """A store of which fresh copies are made in a folder of their own."""

    def __init__(self, folder, program, root, started):
        self.folder, self.program, self.root, self.started = folder, program, root, started
        self.mounts = {"mounts": [{"urls": [gate.MOUNT], "directory": root}]}
        self.copies, self.filled, self.more = 0, {}, {}

    def side(self, size, nodes=1, core=servers.SERVER_CORE):
        """So many nodes on a fresh copy of so many keys."""
        self.copies += 1
        folder = os.path.join(self.folder, f"{self.name}-{size}-{self.copies}")
        os.makedirs(os.path.join(folder, "keys"), mode=0o700)
        beside, settings = self.copied(size, folder, core)
        for server in beside:
            self.started.append(server)
        made = []
        for number in range(nodes):
            node = servers.Editkey(self.program, folder, self.root, core, {"gate": self.mounts, **self.more, **settings}, f"node-{number}.json")
            self.started.append(node)
            made.append(node)
        return Side(made, beside, lambda: self.count(made[0], beside))

    def forget(self, side):
        """Ends it and takes its copy away."""
        side.end()
        for server in [*side.nodes, *side.beside]:
            self.started.remove(server)
        shutil.rmtree(side.nodes[0].folder, ignore_errors=True)


class Json(Store):
    """The key file; several nodes are several servers of one machine."""

    name = "json"

    def fill(self, size, key_file):
        """The file is its own copy."""
        self.filled[size] = key_file

    def copied(self, size, folder, core):
        path = os.path.join(folder, "keys/accesskeys.json")
        shutil.copyfile(self.filled[size], path)
        os.chmod(path, 0o600)
        _written(path)
        return [], {}

    def count(self, node, beside):
        return node.keys()


class Redis(Store):
    """One server beside the nodes, on their core."""

    name = "redis"
    policy = "always"

    def fill(self, size, key_file):
        """A server filled, its memory noted, and what it keeps on the disk put aside."""
        server = servers.redis(self.folder, None, "no", f"filled-{size}")
        self.started.append(server)
        empty = int(info(server.port, "memory")["used_memory"])
        if size <= MIGRATED:
            self._migrate(server, key_file, size)
        else:
            pipe(server.port, key_file)
        self.filled[size] = int(info(server.port, "memory")["used_memory"]) - empty
        told(server.port, "CONFIG", "SET", "appendonly", "yes")
        while info(server.port, "persistence")["aof_rewrite_in_progress"] != "0" or \
                info(server.port, "persistence")["aof_rewrite_scheduled"] != "0":
            time.sleep(0.05)
        server.end()
        self.started.remove(server)

    def _migrate(self, server, key_file, size):
        """By editkey itself; and the same by `layout`, into a second database, to be the same."""
        folder = os.path.join(self.folder, f"migrated-{size}")
        os.makedirs(os.path.join(folder, "keys"), mode=0o700)
        shutil.copyfile(key_file, os.path.join(folder, "keys/accesskeys.json"))
        os.chmod(os.path.join(folder, "keys/accesskeys.json"), 0o600)
        node = servers.Editkey(self.program, folder, self.root, None, {})
        node.end()
        address = f"redis://127.0.0.1:{server.port}"
        done = subprocess.run([self.program, "-c", node.settings, "keys", "migrate", "--from", "json", "--to", address],
                              capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise SystemExit(f"keys migrate: {done.stderr}")
        pipe(server.port, key_file, 1)
        ours, theirs = names(server.port, 1), names(server.port, 0)
        if missing := [name for name in theirs if re.search(r"}:[kiadbc]:", name) and name not in ours]:
            raise SystemExit(f"measure/layout.py does not make what editkey makes: {missing[:3]} of {len(missing)}")
        told(server.port, "-n", "1", "FLUSHDB")

    def copied(self, size, folder, core):
        shutil.copytree(os.path.join(self.folder, f"filled-{size}"), os.path.join(folder, "redis"))
        os.sync()
        server = servers.redis(folder, core, self.policy)
        return [server], {"store": f"redis://127.0.0.1:{server.port}"}

    def count(self, node, beside):
        return int(told(beside[0].port, "EVAL", layout.COUNT, "0", f"{layout.PREFIX}i:*"))


def told(port, *words):
    """What redis-cli answers; an error ends the run."""
    done = subprocess.run(["redis-cli", "-p", str(port), "-e", "--raw", *words], capture_output=True, text=True,
                          errors="replace", timeout=120)
    if done.returncode:
        raise SystemExit(f"redis-cli {words[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def names(port, database):
    """All names there, what is not text in them escaped."""
    done = subprocess.run(["redis-cli", "-p", str(port), "-n", str(database), "--no-raw", "KEYS", "*"],
                          capture_output=True, text=True, timeout=60)
    return {line.partition(") ")[2].strip('"') for line in done.stdout.splitlines()}


def info(port, section):
    return dict(line.split(":", 1) for line in told(port, "INFO", section).splitlines() if ":" in line)


def pipe(port, key_file, database=0):
    """Brings in a key file by the protocol; returns how many seconds it took."""
    start = time.perf_counter()
    child = subprocess.Popen(["redis-cli", "-p", str(port), "-n", str(database), "--pipe"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for piece in layout.stream(key_file):
        child.stdin.write(piece)
    out = child.communicate(timeout=600)[0].decode()
    if child.returncode or "errors: 0" not in out:
        raise SystemExit(f"redis-cli --pipe: {out}")
    return time.perf_counter() - start


def _written(path):
    """On the disk, so that no load waits for what was copied."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())


STORES = {"json": Json, "redis": Redis}
