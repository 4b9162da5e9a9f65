#!/usr/bin/env python3
"""Checks the vectors of docs/key-format.md without a line of editkey.

Another language can do the same: SHA-256 and HMAC from the standard library, HKDF written out below, and
XChaCha20-Poly1305 from PyNaCl. `./test` runs it; by hand: PYTHONPATH=target/wheels python3 tests/vectors/check.py

The file key-format.json is one object; each list may hold any number of vectors, and none may be empty:

  "ids":      {"key", "id"}                        id = "sha256:" + base64url(SHA-256(key text))
  "derived":  {"secret", "info", "key"}            key = HKDF-SHA256(secret, no salt, info as text, 32 bytes)
  "sealed":   {"secret", "info", "id", "sealed", "key"}
                                                   the key text, from base64url(nonce of 24 bytes | ciphertext | tag)
                                                   with the key id's text as associated data
  "unsealable": {"secret", "info", "id", "sealed", "why"}
  "files":    {"text", "live": {id: record}, "revoked": [id]}   (a file as text, and what it says)

Secrets, derived keys and sealed texts are base64url without padding.
"""

import base64
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
        key = hkdf(decode(vector["secret"]), vector["info"].encode("utf-8"))
        assert encode(key) == vector["key"], vector


def check_sealed(vectors):
    for vector in vectors:
        key = unseal(vector).decode("ascii")
        assert key == vector["key"], vector
        assert key_id(key) == vector["id"], vector


def check_unsealable(vectors):
    for vector in vectors:
        try:
            unseal(vector)
        except (CryptoError, AssertionError, ValueError):
            continue
        raise AssertionError(f"it opened: {vector}")


def check_files(vectors):
    """Any JSON parser that lets a later entry stand in place of an earlier one reads the file."""
    for vector in vectors:
        entries = json.loads(vector["text"])
        assert entries.pop("$editkey", {"format": 1}) == {"format": 1}, vector
        live, revoked = {}, []
        for name, record in entries.items():
            name = name if name.startswith("sha256:") else key_id(name)
            if record is None:
                revoked.append(name)
            else:
                live[name] = record
        assert live == vector["live"], vector
        assert sorted(revoked) == sorted(vector["revoked"]), vector


CHECKS = {
    "ids": check_ids,
    "derived": check_derived,
    "sealed": check_sealed,
    "unsealable": check_unsealable,
    "files": check_files,
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
