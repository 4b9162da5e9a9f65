"""Keys as they stand at a Redis server, written without editkey so that ten million are there in minutes.

The one place that knows the names; `stores.Redis` has a node mint some keys, makes them anew by this, and refuses to
measure where the two differ.
"""

import base64
import calendar
import hashlib
import json
import time

PREFIX = b"{editkey}:"
# What the scores of one second are apart from those of the next.
SECOND = 1_000_000


def raw(name_id):
    return base64.urlsafe_b64decode(name_id + "=")


def text(digest):
    return base64.urlsafe_b64encode(digest).rstrip(b"=")


def _seconds(when):
    return calendar.timegm(time.strptime(when, "%Y-%m-%dT%H:%M:%SZ"))


def _ask(record, kind, seconds):
    """Where the keys of one ask stand: of whom, for which file, with which rights, until when."""
    flags = bytes([record.get("scope") == "directory", record["rights"] == "edit", 0, kind])
    what = "".join(record[name] + "\0" for name in ("by", "dirname", "basename")).encode()
    return PREFIX + b"a:" + text(hashlib.sha256(what + flags + seconds.to_bytes(4, "big")).digest())


def commands(name_id, record, number):
    """What is sent for one key: its record, where the same ask finds it again, and the indices, where it is the next one of its
    second."""
    created = _seconds(record["created"])
    score = b"%d" % (created * SECOND + number % SECOND)
    value = json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()
    if "expires" in record:
        end = _seconds(record["expires"])
        # Thirty days longer than it lives.
        yield b"SET", PREFIX + b"k:" + name_id.encode(), value, b"PXAT", b"%d" % ((end + 30 * 86400) * 1000)
        yield b"APPEND", _ask(record, 0, end - created), raw(name_id)
        yield b"APPEND", _ask(record, 1, end), raw(name_id)
    else:
        yield b"SET", PREFIX + b"k:" + name_id.encode(), value
        yield b"APPEND", _ask(record, 0, 0), raw(name_id)
    yield b"ZADD", PREFIX + b"all", score, raw(name_id)
    yield b"ZADD", PREFIX + b"b:" + text(hashlib.sha256(record["by"].encode()).digest()), score, raw(name_id)
    yield b"SADD", PREFIX + b"i:" + name_id[:2].encode(), raw(name_id)


def protocol(command):
    """One command as it goes over the wire."""
    return b"*%d\r\n" % len(command) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in command)


def stream(key_file):
    """All keys of a key file, command by command."""
    with open(key_file) as lines:
        for number, line in enumerate(lines):
            if line.startswith(',"sha256:'):
                yield b"".join(map(protocol, commands(line[9:52], json.loads(line[55:]), number)))
