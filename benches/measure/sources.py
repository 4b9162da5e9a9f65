"""The ways of saying who somebody is, each as its users set it up: a settings section, and what a request carries."""

import base64
import hashlib
import hmac
import json
import os
import time

SECRET = b"the benchmark's secret, of more than 32 bytes"
PHP_ID = "benchmarkbenchmarkbenchmark"


def settings(folder, root):
    """All of them at once, so that one server answers for each."""
    secret, sessions = os.path.join(folder, "token.secret"), os.path.join(folder, "php")
    with open(secret, "wb") as out:
        out.write(SECRET)
    os.chmod(secret, 0o600)
    os.makedirs(sessions, mode=0o700, exist_ok=True)
    session = os.path.join(sessions, f"sess_{PHP_ID}")
    with open(session, "w") as out:
        out.write(f'open-guide-editor-access|a:1:{{i:0;s:{len(root)}:"{root}";}}')
    os.chmod(session, 0o600)
    return {
        "php_sessions": {"save_path": sessions, "owner": os.getuid(), "lifetime": "1d"},
        "jwt": [{"cookie": "token", "algorithm": "HS256", "secret_file": secret}],
        "trusted_headers": {"networks": ["127.0.0.1"]},
        "grants": [{"level": 998, "directories": [root]}],
    }


def token():
    """A token as a sign-on would make it."""
    def text(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    claims = {"username": "bob", "email": "bob@example.org", "groups": ["staff", "authors"], "exp": int(time.time()) + 86400}
    parts = [text(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "HS256"}, claims)]
    parts.append(text(hmac.new(SECRET, ".".join(parts).encode(), hashlib.sha256).digest()))
    return ".".join(parts)


def carried(server):
    """What a request carries, by the name of the way."""
    return {
        "own session": f"Cookie: {server.session('ann')}",
        "PHP session": f"Cookie: PHPSESSID={PHP_ID}",
        "JWT, HS256": f"Cookie: token={token()}",
        "trusted header": "Remote-User: carl\\r\\nRemote-Email: carl@example.org\\r\\nRemote-Groups: staff,authors",
    }
