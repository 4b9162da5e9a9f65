"""Seeing to a million keys: pages and searches by `/api/keys`, and the commands, each a process that starts cold."""

import base64
import hashlib
import http.client
import json
import os
import re
import shutil
import subprocess
import time

from . import data, servers

ASKS = (
    ("first page", "/api/keys"),
    ("first page by name", "/api/keys?sort=name"),
    ("first page by last use", "/api/keys?sort=used"),
    ("search of a text that few names hold", "/api/keys?q=0123456"),
    ("search of a text that nearly all names hold", "/api/keys?q=BYTE"),
    ("search of a user", "/api/keys?q=user123"),
    ("search across directory and name", "/api/keys?q=d123/a-name&state=live"),
    ("page of one user's keys", "/api/keys?by=user123&sort=expires"),
    ("the page /admin", "/admin"),
    ("a search on /admin", "/admin?q=user123"),
)
COMMANDS = ("list --limit 50", "list --limit 50 --sort used", "show", "revoke")


def settings():
    """A host and a person who see all keys."""
    token = base64.urlsafe_b64encode(hashlib.sha256(servers.TOKEN.encode()).digest()).rstrip(b"=").decode()
    return {"hosts": [{"name": "cms", "admin": True, "token_sha256": token,
                       "ceiling": {"poweruser": True, "rights": "edit"}}],
            "trusted_headers": {"networks": ["127.0.0.1"]},
            "grants": [{"source": "header", "user": "root", "poweruser": True, "admin": True}]}


def write_uses(path, count):
    """A last use of each key."""
    with open(path, "w") as out:
        out.write(data.HEAD)
        for number in range(count):
            name = data.text(hashlib.sha256(data.key(number).encode()).digest())
            out.write(f',"sha256:{name}": "2026-{number % 9 + 1:02d}-{number % 28 + 1:02d}"\n')
        out.write("}\n")
    os.chmod(path, 0o600)


def milliseconds(server, target):
    """How long an administrator waits for this answer, and how many keys it found."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.connect()
    start = time.perf_counter()
    page = target.startswith("/admin")
    who = {"Remote-User": "root"} if page else {"Authorization": f"Bearer {servers.TOKEN}"}
    connection.request("GET", target, headers=who)
    answer = connection.getresponse()
    body = answer.read()
    took = (time.perf_counter() - start) * 1000
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{target}: {answer.status} {body[:200]!r}")
    if page:
        return took, int(re.search(rb"role=.status.>([\d,]+) keys", body)[1].replace(b",", b""))
    return took, json.loads(body)["total"]


def command(program, folder, words, number):
    """Seconds of one command on a key file that the system does not have in memory."""
    keys = os.path.join(folder, "keys/accesskeys.json")
    arguments = words.split()
    if arguments[0] in ("show", "revoke"):
        arguments.append(data.text(hashlib.sha256(data.key(number).encode()).digest()))
    for path in (keys, os.path.join(folder, "keys/lastused.json")):
        with open(path, "rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    start = time.perf_counter()
    done = subprocess.run([program, "-c", os.path.join(folder, "settings.json"), "keys", *arguments], capture_output=True, text=True)
    took = time.perf_counter() - start
    if done.returncode != 0 or not done.stdout:
        raise SystemExit(f"keys {words}: {done.stderr}")
    return took


def put(folder, keys, uses):
    """A fresh copy of the key file and the last uses."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.join(folder, "keys"), mode=0o700)
    for source, name in ((keys, "accesskeys.json"), (uses, "lastused.json")):
        path = os.path.join(folder, "keys", name)
        shutil.copyfile(source, path)
        os.chmod(path, 0o600)
    os.sync()
