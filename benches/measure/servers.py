"""The servers: editkey as its users start it, and those it is measured against."""

import base64
import hashlib
import json
import os
import re
import shutil
import time

from .processes import SERVER_CORE, Process, ask, free_port

TOKEN = "benchmark-token-of-the-host-cms-0123456789"


class Server:
    """A process that answers at a port."""

    def __init__(self, process, port):
        self.process, self.port = process, port

    def end(self):
        self.process.end()


def baseline(binary, folder, keys_path, core=SERVER_CORE):
    """actix-web alone, one worker."""
    port, file = free_port(), os.path.join(folder, "baseline.txt")
    with open(file, "wb") as out:
        out.write(b"x" * 1024)
    process = Process([binary, str(port), file, keys_path, os.path.join(folder, "baseline.sock")], core, os.path.join(folder, "baseline.log"))
    ask(port, "GET / HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n", process=process)
    return Server(process, port)


class Editkey(Server):
    """The release program, `serve -c settings.json`."""

    def __init__(self, binary, folder, root, core=SERVER_CORE, more=None, name="settings.json"):
        self.folder, self.root = folder, root
        port = free_port()
        state = os.path.join(folder, "keys")
        os.makedirs(state, mode=0o700, exist_ok=True)
        settings = self.settings = os.path.join(folder, name)
        with open(settings, "w") as out:
            json.dump({
                "listen": [f"127.0.0.1:{port}", *(more or {}).pop("sockets", [])], "public_url": f"http://127.0.0.1:{port}/", "roots": [root],
                "limits": {"new_keys_per_minute": 0}, "metrics_networks": ["127.0.0.0/8"],
                "hosts": [{
                    "name": "cms", "ceiling": {"poweruser": True, "rights": "edit"},
                    "token_sha256": base64.urlsafe_b64encode(hashlib.sha256(TOKEN.encode()).digest()).rstrip(b"=").decode(),
                }],
                **(more or {}),
            }, out)
        os.chmod(settings, 0o600)
        clean = {name: "" for name in os.environ if name.startswith("EDITKEY_")}
        process = Process([binary, "serve", "-c", settings], core, os.path.join(folder, "server.log"), clean)
        super().__init__(process, port)
        self.ready_seconds = self._ready()

    def _ready(self):
        answer = self.ask("GET", "/readyz")
        if b" 200 " not in answer[:15]:
            raise SystemExit(f"not ready: {answer!r} {self.process.said()}")
        return time.monotonic() - self.process.started

    def ask(self, method, target, headers="", body=""):
        return ask(self.port, f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nConnection: close\r\n"
                              f"{headers}Content-Length: {len(body)}\r\n\r\n{body}", process=self.process)

    def keys(self):
        """How many live keys the server knows."""
        return int(re.search(rb"keys (\d+)", self.ask("GET", "/readyz"))[1])

    def session(self, user):
        """The cookie of a browser to which the host granted one directory, by the way that browsers come."""
        grant = json.dumps({"user": user, "directories": [self.root]})
        answer = self.ask("POST", "/api/grants", f"Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n", grant)
        ticket = re.search(rb"/enter\?ticket=[\w-]+", answer)
        if not ticket:
            raise SystemExit(f"no grant: {answer!r}")
        entered = self.ask("GET", ticket[0].decode())
        return re.search(rb"(?i)set-cookie: ([^;]+)", entered)[1].decode()


def nginx(folder, root, core=SERVER_CORE, nopush="on"):
    """One worker, the same files, by sendfile."""
    binary = shutil.which("nginx") or "/usr/sbin/nginx"
    if not os.path.exists(binary):
        return None
    port, config = free_port(), os.path.join(folder, "nginx.conf")
    user = "user root;" if os.getuid() == 0 else ""
    with open(config, "w") as out:
        out.write(
            f"daemon off; {user} worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;\n"
            "events { worker_connections 1024; }\n"
            f"http {{ access_log off; sendfile on; tcp_nopush {nopush}; keepalive_requests 100000000; default_type text/plain;\n"
            + "".join(f"{name}_temp_path {folder}/nginx-{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            + f"server {{ listen 127.0.0.1:{port}; root {root}; }} }}\n")
    process = Process([binary, "-p", folder, "-c", config], core, os.path.join(folder, "nginx.out"))
    ask(port, "GET / HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n", process=process)
    return Server(process, port)


def redis(folder, core=SERVER_CORE, policy="always", name="redis"):
    """A server on what stands in `folder`/`name`. "always": every write on the disk before its answer, as ours;
    "everysec": each second; "no": nothing is kept."""
    binary = shutil.which("redis-server")
    if not binary:
        return None
    port, state = free_port(), os.path.join(folder, name)
    os.makedirs(state, exist_ok=True)
    kept = ["--appendonly", "no"] if policy == "no" else ["--appendonly", "yes", "--appendfsync", policy]
    process = Process(
        [binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", state, "--save", "", *kept,
         "--auto-aof-rewrite-percentage", "0", "--daemonize", "no"],
        core, os.path.join(folder, f"{name}.log"))
    while b"+PONG" not in ask(port, "PING\r\nQUIT\r\n", process=process):
        time.sleep(0.01)
    return Server(process, port)
