"""Key files as docs/key-format.md has them, and the files that some of the keys open.

Keys come from a counter, so that a load knows them. `sealed` is as long as a real one and opens nothing.
"""

import base64
import hashlib
import os

DIRECTORIES = 1000
FEW = 100
BYTES = 1024
HEAD = '{\n"$editkey": {"format": 1}\n'


def text(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def key(number):
    """24 characters, the same each time."""
    return text(hashlib.sha256(b"editkey benchmark %d" % number).digest()[:18])


def plant(root):
    """One file of 1 KiB in each directory. Returns their names."""
    names = []
    body = (b"A line of sixty-four bytes, as an author may have typed it in.\r\n" * 16)[:BYTES]
    for number in range(DIRECTORIES):
        folder = os.path.join(root, f"d{number:03d}")
        os.makedirs(folder)
        name = f"chapter-of-25-bytes-{number:02d}.md"[:25].ljust(25, "x")
        with open(os.path.join(folder, name), "wb") as file:
            file.write(body)
        names.append(name)
    return names


def write(path, keys_path, root, names, count):
    """`count` keys in the order of their minting. Every tenth opens a file that exists (all, where there are few),
    each for another user; the others have names of their own. Writes the keys that open something beside, and those
    among them that open one of the first `FEW` files beside that."""
    sealed = text(hashlib.sha512(b"sealed").digest())
    share = 1 if count <= 1000 else 10
    opens = []
    with open(path, "w") as out:
        out.write(HEAD)
        for number in range(count):
            secret = key(number)
            turn, remainder = divmod(number, share)
            if remainder == 0:
                directory, user = turn % DIRECTORIES, turn // DIRECTORIES
                name = names[directory]
                opens.append((secret, directory, name))
            else:
                directory, user = number * 7919 % DIRECTORIES, number % 997
                name = f"a-name-of-25-byte-{number:07d}"
            name_id = text(hashlib.sha256(secret.encode()).digest())
            out.write(
                f',"sha256:{name_id}": {{"dirname":"{root}/d{directory:03d}","basename":"{name}","rights":"edit",'
                f'"created":"2026-03-{number % 28 + 1:02d}T08:{number % 60:02d}:00Z","by":"host/cms:user{user:03d}",'
                f'"sealed":"{sealed}"}}\n')
        out.write(" " * 4096 + "\n}\n")
    os.chmod(path, 0o600)
    with open(keys_path, "w") as out:
        out.writelines(secret + "\n" for secret, _, _ in opens)
    with open(keys_path + "-few", "w") as out:
        out.writelines(secret + "\n" for secret, directory, _ in opens if directory < FEW)
    with open(keys_path + "-urls", "w") as out:
        out.writelines(f"/d{directory:03d}/{name}?accesskey={secret}\n" for secret, directory, name in opens)
    return {"keys": count, "asked": len(opens), "files": len({directory for _, directory, _ in opens})}
