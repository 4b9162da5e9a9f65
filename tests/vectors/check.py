#!/usr/bin/env python3
"""Checks the vectors of docs/key-format.md without a line of editkey.

Another language can do the same: SHA-256 and HMAC from the standard library, HKDF written out below, and
XChaCha20-Poly1305 from PyNaCl. `./test` runs it; by hand: PYTHONPATH=target/wheels python3 tests/vectors/check.py

The file key-format.json is one object; each list may hold any number of vectors, and none may be empty:

  "ids":      {"key", "id"}                        id = "sha256:" + base64url(SHA-256(key text))
  "derived":  {"secret", "info", "key"}            key = HKDF-SHA256(secret, no salt, info as text, as many bytes as it has)
  "names":    {"secret", "text", "name"}           name = HMAC-SHA256(HKDF(secret, "editkey ticket 1"), text and a byte 1)
  "sealed":   {"secret", "info", "id", "sealed", "key"}
                                                   the key text, from base64url(nonce of 24 bytes | ciphertext | tag)
                                                   with the id's 43 characters as associated data
  "unsealable": {"secret", "info", "id", "sealed", "why"}
  "passphrases": {"passphrase", "hash", "fits"}    whether it is the one that the hash was made of
  "files":    {"text", "live": {id: record}, "revoked": [id]}   (a file as text, and what it says)
  "refused":  {"text", "live": {id: record}, "refused": [id]}   (these open nothing; the rest does)
  "lines":    {"text", "standing": {id: {"rights", "expires"}}, "fallen": [id]}
                                                   (what stands, with no more than those it was derived from)
  "torn":     {"text", "live": {id: record}, "aside"}           (an interrupted write: what is set aside, what stays)
  "broken":   {"text", "why"}                                   (no key opens)

Secrets, derived keys and sealed texts are base64url without padding.
"""

import base64
import datetime
import hashlib
import hmac
import json
import pathlib
import re
import sys

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt, crypto_pwhash_ALG_ARGON2ID13, crypto_pwhash_alg
from nacl.exceptions import CryptoError

NONCE = 24


def decode(text):
    """The bytes of base64url without padding; anything else is refused, as editkey refuses it."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert encode(raw) == text, f"not the one spelling: {text}"
    return raw


def encode(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def key_id(key):
    return "sha256:" + encode(hashlib.sha256(key.encode("utf-8")).digest())


def hkdf(secret, info, length=32):
    """RFC 5869 with SHA-256 and no salt."""
    extracted = hmac.new(bytes(hashlib.sha256().digest_size), secret, hashlib.sha256).digest()
    out, block, count = b"", b"", 0
    while len(out) < length:
        count += 1
        block = hmac.new(extracted, block + info + bytes([count]), hashlib.sha256).digest()
        out += block
    return out[:length]


def unseal(vector):
    sealing = hkdf(decode(vector["secret"]), vector["info"].encode("utf-8"))
    sealed = decode(vector["sealed"])
    associated = vector["id"].encode("utf-8")
    return crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[NONCE:], associated, sealed[:NONCE], sealing)


def check_ids(vectors):
    for vector in vectors:
        assert key_id(vector["key"]) == vector["id"], vector


def check_derived(vectors):
    for vector in vectors:
        key = decode(vector["key"])
        assert hkdf(decode(vector["secret"]), vector["info"].encode("utf-8"), len(key)) == key, vector


def check_names(vectors):
    for vector in vectors:
        ticket_key = hkdf(decode(vector["secret"]), b"editkey ticket 1")
        name = hmac.new(ticket_key, vector["text"].encode("utf-8") + b"\x01", hashlib.sha256).digest()
        assert encode(name) == vector["name"], vector


def check_sealed(vectors):
    for vector in vectors:
        key = unseal(vector).decode("ascii")
        assert key == vector["key"], vector
        assert key_id(key) == "sha256:" + vector["id"], vector


def check_unsealable(vectors):
    for vector in vectors:
        try:
            unseal(vector)
        except (CryptoError, AssertionError, ValueError):
            continue
        raise AssertionError(f"it opened: {vector}")


def check_passphrases(vectors):
    for vector in vectors:
        _, _, _, costs, salt, hashed = vector["hash"].split("$")
        memory, passes, lanes = (int(cost[2:]) for cost in costs.split(","))
        assert lanes == 1, "libsodium has one"
        plain = lambda text: base64.b64decode(text + "=" * (-len(text) % 4))
        made = crypto_pwhash_alg(
            len(plain(hashed)), vector["passphrase"].encode("utf-8"), plain(salt), passes, memory * 1024,
            crypto_pwhash_ALG_ARGON2ID13,
        )
        assert hmac.compare_digest(made, plain(hashed)) == vector["fits"], vector


def read(text):
    """The live records and the revoked names. Any JSON parser that keeps the last of two members reads the file."""
    entries = json.loads(text) if text.strip() else {}
    if not isinstance(entries, dict):
        raise ValueError("not an object")
    if entries.pop("$editkey", {"format": 1}).get("format") != 1:
        raise ValueError("another format")
    live, revoked = {}, []
    for name, record in entries.items():
        name = name if name.startswith("sha256:") else key_id(name)
        if record is None:
            revoked.append(name)
        else:
            live[name] = record
    return live, revoked


def check_files(vectors):
    for vector in vectors:
        live, revoked = read(vector["text"])
        assert live == vector["live"], vector
        assert sorted(revoked) == sorted(vector["revoked"]), vector


def is_record(record):
    """Whether a reader of format 1 may open what this says. What it does not know may be a restriction."""
    known = {"dirname", "basename", "scope", "rights", "created", "expires", "by", "label", "sealed"}
    known |= {"bind", "idle", "uses", "passphrase", "parent"}
    if not isinstance(record, dict) or not set(record) <= known:
        return False
    dirname, basename = record.get("dirname"), record.get("basename")
    if not isinstance(dirname, str) or not isinstance(basename, str) or not dirname.startswith("/"):
        return False
    if any(part in ("", ".", "..") for part in dirname.rstrip("/").split("/")[1:]):
        return False
    if basename in ("", ".", "..") or "/" in basename:
        return False
    if record.get("rights", "edit") not in ("view", "edit"):
        return False
    if record.get("scope", "file") not in ("file", "directory"):
        return False
    try:
        for field in ("created", "expires"):
            if record.get(field) is not None:
                datetime.datetime.fromisoformat(record[field].replace("Z", "+00:00"))
    except ValueError:
        return False
    if not all(good(record) for good in (is_idle, is_claimed, is_passphrase, is_parent)):
        return False
    return record.get("label") is None or 1 <= len(record["label"]) <= 200


def is_id(text):
    try:
        return isinstance(text, str) and len(text) == 43 and len(decode(text)) == 32
    except (AssertionError, ValueError):
        return False


def is_idle(record):
    idle = record.get("idle")
    if idle is None:
        return True
    days = re.fullmatch(r"([1-9][0-9]{0,4})d", idle) if isinstance(idle, str) else None
    return days is not None and int(days[1]) <= 36500 and record.get("created") is not None


def is_claimed(record):
    """Whether "bind" and "uses" go together: who claimed the key, and how many more may."""
    bind, uses = record.get("bind", "holder"), record.get("uses")
    browsers = []
    if isinstance(bind, list):
        browsers = bind[1:] if bind[:1] == ["visitor"] else bind
        if not bind or not all(is_id(browser) for browser in browsers):
            return False
    elif bind not in ("holder", "visitor"):
        return False
    if uses is None:
        return len(browsers) <= 100
    return type(uses) is int and uses >= 0 and uses + len(browsers) <= 100


def is_passphrase(record):
    hashed = record.get("passphrase")
    if hashed is None:
        return True
    form = r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z0-9+/]{11,64}\$[A-Za-z0-9+/]{14,86}"
    parts = re.fullmatch(form, hashed) if isinstance(hashed, str) else None
    if parts is None:
        return False
    memory, passes, lanes = (int(part) for part in parts.groups())
    return 8 <= memory <= 262144 and 1 <= passes <= 16 and 1 <= lanes <= 16


def is_parent(record):
    parent = record.get("parent")
    return parent is None or (isinstance(parent, str) and parent.startswith("sha256:") and is_id(parent[7:]))


def lies_within(child, parent):
    """Whether the child's place is its parent's, or lies within it."""
    whole = [part for part in child["dirname"].split("/") if part] + [child["basename"]]
    above = [part for part in parent["dirname"].split("/") if part] + [parent["basename"]]
    if parent.get("scope", "file") == "file":
        return child.get("scope", "file") == "file" and whole == above
    if child.get("scope", "file") == "file":
        whole = whole[:-1]
    return whole[: len(above)] == above


def line(name, good):
    """The key and those above it; nothing where one is missing, too many stand there, or a place is not within."""
    keys = [good[name]] if name in good else []
    while keys and keys[-1].get("parent") is not None:
        parent = good.get(keys[-1]["parent"])
        if parent is None or len(keys) > 4 or not lies_within(keys[-1], parent):
            return []
        keys.append(parent)
    return keys


def check_lines(vectors):
    for vector in vectors:
        entries, _ = read(vector["text"])
        good = {name: record for name, record in entries.items() if is_record(record)}
        for name, what in vector["standing"].items():
            keys = line(name, good)
            assert keys, vector
            rights = "view" if any(key.get("rights", "edit") == "view" for key in keys) else "edit"
            ends = [key["expires"] for key in keys if key.get("expires") is not None]
            assert what == {"rights": rights, "expires": min(ends, default=None)}, vector
        for name in vector["fallen"]:
            assert not line(name, good), vector


def check_refused(vectors):
    for vector in vectors:
        entries, _ = read(vector["text"])
        good = {name: record for name, record in entries.items() if is_record(record)}
        assert good == vector["live"], vector
        assert sorted(set(entries) - set(good)) == sorted(vector["refused"]), vector


def check_torn(vectors):
    for vector in vectors:
        whole = vector["text"].rstrip()
        assert whole.endswith(vector["aside"]), vector
        head = whole[: len(whole) - len(vector["aside"])]
        assert read(head + "}")[0] == vector["live"], vector


def check_broken(vectors):
    for vector in vectors:
        try:
            read(vector["text"])
        except ValueError:
            continue
        raise AssertionError(f"it was read: {vector}")


CHECKS = {
    "ids": check_ids,
    "derived": check_derived,
    "names": check_names,
    "sealed": check_sealed,
    "unsealable": check_unsealable,
    "passphrases": check_passphrases,
    "files": check_files,
    "refused": check_refused,
    "lines": check_lines,
    "torn": check_torn,
    "broken": check_broken,
}


def main():
    path = pathlib.Path(__file__).with_name("key-format.json")
    if not path.exists():
        sys.exit(f"{path} is missing: docs/key-format.md promises it")
    vectors = json.loads(path.read_text(encoding="utf-8"))
    unknown = set(vectors) - set(CHECKS) - {"comment"}
    assert not unknown, f"nobody checks {unknown}"
    for name, check in CHECKS.items():
        assert vectors.get(name), f"no vectors: {name}"
        check(vectors[name])
        print(f"{name}: {len(vectors[name])} hold")


if __name__ == "__main__":
    main()
