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
  "files":    {"text", "live": {id: record}, "revoked": [id]}   (a file as text, and what it says)
  "refused":  {"text", "live": {id: record}, "refused": [id]}   (these open nothing; the rest does)
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
import sys

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt
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
    return record.get("label") is None or 1 <= len(record["label"]) <= 200


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
    "files": check_files,
    "refused": check_refused,
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
