"""Keys as they stand at a Redis server, written without editkey so that ten million are there in minutes.

The one place that knows the names; `stores.Redis` compares what this makes of a hundred keys with what
`editkey keys migrate` makes of the same, and refuses to measure where they differ.
"""

import base64
import hashlib
import json

PREFIX = "{editkey}:"


def raw(name_id):
    return base64.urlsafe_b64decode(name_id + "=")


def commands(name_id, record):
    """What is sent for one key: its record, and where it is found by day, by its beginning and by whom it was minted."""
    by = hashlib.sha256(record["by"].encode()).digest()
    yield b"SET", f"{PREFIX}k:{name_id}".encode(), json.dumps(record, separators=(",", ":")).encode()
    yield b"SADD", f"{PREFIX}i:{name_id[:2]}".encode(), raw(name_id)
    yield b"SADD", f"{PREFIX}d:{record['created'][:10]}".encode(), raw(name_id)
    yield b"SADD", f"{PREFIX}b:".encode() + by, raw(name_id)
    ask = hashlib.sha256("\0".join([record["by"], record["dirname"], record["basename"], record["rights"]]).encode()).digest()
    yield b"SET", f"{PREFIX}a:".encode() + ask, raw(name_id)


def protocol(command):
    """One command as it goes over the wire."""
    return b"*%d\r\n" % len(command) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in command)


def stream(key_file):
    """All keys of a key file, command by command."""
    with open(key_file) as lines:
        for line in lines:
            if line.startswith(',"sha256:'):
                yield b"".join(map(protocol, commands(line[9:52], json.loads(line[55:]))))


# How many keys there are, asked in one step.
COUNT = """local cursor, count = '0', 0
repeat
  local found = redis.call('SCAN', cursor, 'MATCH', ARGV[1], 'COUNT', 10000, 'TYPE', 'set')
  cursor = found[1]
  for _, name in ipairs(found[2]) do count = count + redis.call('SCARD', name) end
until cursor == '0'
return count"""
