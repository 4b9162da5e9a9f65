#!/usr/bin/env python3
"""A host application in front of editkey, in the standard library alone.

It knows its users (here: anybody who types a name, so never use its sign-in as it is) and the folder that they may edit.
For the rest it asks editkey: one POST grants, the browser goes where the answer says, one DELETE takes it back.

    EDITKEY_TOKEN_FILE=token SITE=/srv/site python3 examples/host-python/host.py

EDITKEY    where editkey listens, with its base path (http://127.0.0.1:8181/); the token goes there, so: this machine, or https
PORT       where this application listens on 127.0.0.1 (8000)
"""

import html
import json
import os
import pathlib
import secrets
import urllib.parse
import urllib.request
from http import HTTPStatus
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

EDITKEY = os.environ.get("EDITKEY", "http://127.0.0.1:8181/")
SITE = pathlib.Path(os.environ["SITE"]).resolve()
TOKEN = pathlib.Path(os.environ["EDITKEY_TOKEN_FILE"]).read_text().strip()
signed_in = {}  # session id -> user


def editkey(method, path, body=None):
    """Asks editkey as this host. The token goes into a header: never into a URL, an argument list or a log."""
    request = urllib.request.Request(
        EDITKEY + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer) if answer.status == HTTPStatus.CREATED else None


def grant(user, name):
    """The address that opens NAME for USER. It works once, within two minutes: send the browser there at once."""
    granted = editkey(
        "POST",
        "api/grants",
        {
            "user": user,
            "directories": [str(SITE)],
            "lifetime": "8h",
            "file": {"dirname": str(SITE), "basename": name},
        },
    )
    return granted["url"]


def withdraw(user):
    """Takes back everything this host granted USER. Bookmarks that were made meanwhile stay: revoke those by their id."""
    editkey("DELETE", "api/grants?" + urllib.parse.urlencode({"user": user}))


class Host(BaseHTTPRequestHandler):
    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        user = self.user()
        if address.path == "/":
            self.page(files(user) if user else SIGN_IN)
        elif address.path == "/edit" and user:
            names = urllib.parse.parse_qs(address.query).get("file", [])
            if len(names) == 1 and names[0] in listed():
                self.go(grant(user, names[0]))
            else:
                self.send_error(HTTPStatus.NOT_FOUND)
        else:
            self.go("/")

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        form = urllib.parse.parse_qs(self.rfile.read(min(length, 10_000)).decode())
        if self.path == "/sign-in" and form.get("user"):
            session = secrets.token_urlsafe()
            signed_in[session] = form["user"][0]
            self.go("/", f"session={session}; HttpOnly; SameSite=Lax; Path=/")
        elif self.path == "/sign-out" and (user := self.user()):
            withdraw(user)
            self.go("/", "session=; Max-Age=0; Path=/")
        else:
            self.go("/")

    def user(self):
        session = SimpleCookie(self.headers.get("Cookie", "")).get("session")
        return signed_in.get(session.value) if session else None

    def go(self, location, cookie=None):
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", location)
        # The address holds a ticket: nobody keeps it, nobody is told it.
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Content-Length", "0")
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()

    def page(self, main):
        body = f'<!DOCTYPE html><meta charset="utf-8"><title>Host</title>{main}'.encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


SIGN_IN = '<form method="post" action="/sign-in"><input name="user" required><button>Sign in</button></form>'


def listed():
    return sorted(path.name for path in SITE.iterdir() if path.is_file() and not path.is_symlink())


def files(user):
    links = "".join(
        f'<li><a href="/edit?{html.escape(urllib.parse.urlencode({"file": name}))}">{html.escape(name)}</a>'
        for name in listed()
    )
    return f'<h1>{html.escape(user)}</h1><ul>{links}</ul><form method="post" action="/sign-out"><button>Sign out</button></form>'


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8000"))), Host)
    print(f"the host listens on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
