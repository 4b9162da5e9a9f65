"""nginx with auth_request before files of its own, asking editkey or the bare 204, by TCP or by a Unix socket."""

import os
import shutil

from . import servers
from .processes import SERVER_CORE, Process, ask, free_port

MOUNT = "/files"


def settings(root, folder):
    """A mount for the whole root, and a Unix socket beside the port."""
    return {"gate": {"mounts": [{"urls": [MOUNT], "directory": root}]}, "sockets": [f"unix:{folder}/gate.sock"]}


class Both:
    """The processor time of nginx and of whom it asks, as one."""

    def __init__(self, first, second):
        self.first, self.second = first, second

    def cpu(self):
        return self.first.cpu() + self.second.cpu()

    def alive(self):
        return self.first.alive() and self.second.alive()

    def said(self):
        return self.first.said() + self.second.said()


class Asking(servers.Server):
    """nginx that asks `upstream` about each file."""

    def __init__(self, name, folder, root, upstream, where, core=SERVER_CORE):
        binary = shutil.which("nginx") or "/usr/sbin/nginx"
        home = os.path.join(folder, f"gate-{name}")
        os.makedirs(home, exist_ok=True)
        port, config = free_port(), os.path.join(home, "nginx.conf")
        user = "user root;" if os.getuid() == 0 else ""
        temporary = "".join(f"{kind}_temp_path {home}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(config, "w") as out:
            out.write(
                f"daemon off; {user} worker_processes 1; pid {home}/pid; error_log {home}/log;\n"
                "events { worker_connections 1024; }\n"
                "http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; default_type text/plain;\n"
                f"{temporary} upstream gate {{ server {where}; keepalive 64; keepalive_requests 100000000; }}\n"
                f"server {{ listen 127.0.0.1:{port};\n"
                f"location {MOUNT}/ {{ auth_request /gate; alias {root}/; }}\n"
                "location = /gate { internal; proxy_pass http://gate/auth/nginx; proxy_http_version 1.1;\n"
                "proxy_pass_request_body off; proxy_set_header Content-Length \"\"; proxy_set_header Connection \"\";\n"
                "proxy_set_header Host $http_host; proxy_set_header X-Original-URI $request_uri;\n"
                "proxy_set_header X-Original-Method $request_method; } } }\n")
        process = Process([binary, "-p", home, "-c", config], core, os.path.join(home, "out"))
        ask(port, "GET / HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n", process=process)
        super().__init__(Both(process, upstream.process), port)
        self.own = process

    def end(self):
        self.own.end()
