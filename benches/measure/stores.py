"""The two stores as `benches/scale` and its kin know them: how one is filled, and nodes that share it.

A store is filled once for each number of keys; every load that changes something has a fresh copy of that.
"""

import json
import os
import shutil
import subprocess
import time

from . import gate, layout, servers


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
        side = Side(made, beside, lambda: self.count(made[0], beside))
        side.folder = folder
        return side

    def bare(self, size):
        """A fresh copy without a node: what `minting` is told of it, and the side to forget."""
        self.copies += 1
        folder = os.path.join(self.folder, f"{self.name}-{size}-{self.copies}")
        os.makedirs(os.path.join(folder, "keys"), mode=0o700)
        beside, _ = self.copied(size, folder, servers.SERVER_CORE)
        self.started += beside
        side = Side([], beside, None)
        side.folder = folder
        return (beside[0].port if beside else os.path.join(folder, "keys/accesskeys.json")), side

    def forget(self, side):
        """Ends it and takes its copy away."""
        side.end()
        for server in [*side.nodes, *side.beside]:
            self.started.remove(server)
        shutil.rmtree(side.folder, ignore_errors=True)


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
        if not self.filled:
            self._check()
        pipe(server.port, layout.stream(key_file))
        self.filled[size] = int(info(server.port, "memory")["used_memory"]) - empty
        told(server.port, "CONFIG", "SET", "appendonly", "yes")
        while info(server.port, "persistence")["aof_rewrite_in_progress"] != "0" or \
                info(server.port, "persistence")["aof_rewrite_scheduled"] != "0":
            time.sleep(0.05)
        server.end()
        self.started.remove(server)

    def _check(self):
        """A node mints; `layout` makes the same keys of their records in a second database; there they are the same."""
        folder = os.path.join(self.folder, "checked")
        os.makedirs(os.path.join(folder, "keys"), mode=0o700)
        server = servers.redis(folder, None, "no")
        self.started.append(server)
        node = servers.Editkey(self.program, folder, self.root, None, {"store": f"redis://127.0.0.1:{server.port}"})
        self.started.append(node)
        cookie = node.session("visitor")
        for name in sorted(os.listdir(self.root))[:20]:
            file = os.listdir(os.path.join(self.root, name))[0]
            head = f"Cookie: {cookie}\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"
            if b" 302 " not in (said := node.ask("GET", f"/redirect?dirname={self.root}/{name}&basename={file}", head))[:15]:
                raise SystemExit(f"no key: {said!r}")
        pieces = []
        for number, name in enumerate(told(server.port, "KEYS", "*:k:*").split()):
            record = json.loads(told(server.port, "GET", name))
            pieces += map(layout.protocol, layout.commands(name.rpartition(":")[2], record, number))
        pipe(server.port, pieces, 1)
        theirs, ours = (standing(server.port, database) for database in (0, 1))
        for one in (node, server):
            one.end()
            self.started.remove(one)
        if theirs != ours:
            missing = sorted(set(theirs.items()) ^ set(ours.items()))
            raise SystemExit(f"measure/layout.py does not make what editkey makes: {missing[:4]}, {len(missing)} in all")

    def copied(self, size, folder, core):
        shutil.copytree(os.path.join(self.folder, f"filled-{size}"), os.path.join(folder, "redis"))
        os.sync()
        server = servers.redis(folder, core, self.policy)
        return [server], {"store": f"redis://127.0.0.1:{server.port}"}

    def count(self, node, beside):
        return int(told(beside[0].port, "ZCARD", layout.PREFIX.decode() + "all"))


def told(port, *words):
    """What redis-cli answers; an error ends the run."""
    done = subprocess.run(["redis-cli", "-p", str(port), "-e", "--raw", *words], capture_output=True, text=True,
                          errors="replace", timeout=120)
    if done.returncode:
        raise SystemExit(f"redis-cli {words[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def standing(port, database):
    """What stands there of keys, name by name, as text."""
    def asked(*words):
        done = subprocess.run(["redis-cli", "-p", str(port), "-n", str(database), "--no-raw", *words],
                              capture_output=True, text=True, timeout=60, check=True)
        return [line.partition(") ")[2].strip('"') or line for line in done.stdout.splitlines()]

    read = {"string": ("GET",), "zset": ("ZRANGE", "0", "-1"), "set": ("SMEMBERS",)}
    found = {}
    for name in asked("KEYS", "*"):
        if name == "{editkey}:all" or name.partition("}:")[2][:2] in ("k:", "a:", "b:", "i:"):
            command, *rest = read[told(port, "-n", str(database), "TYPE", name).strip()]
            found[name] = "\n".join(sorted(asked(command, name, *rest)))
    return found


def info(port, section):
    return dict(line.split(":", 1) for line in told(port, "INFO", section).splitlines() if ":" in line)


def pipe(port, pieces, database=0):
    """Sends commands as they go over the wire."""
    child = subprocess.Popen(["redis-cli", "-p", str(port), "-n", str(database), "--pipe"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for piece in pieces:
        child.stdin.write(piece)
    out = child.communicate(timeout=600)[0].decode()
    if child.returncode or "errors: 0" not in out:
        raise SystemExit(f"redis-cli --pipe: {out}")


def _written(path):
    """On the disk, so that no load waits for what was copied."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())


STORES = {"json": Json, "redis": Redis}
