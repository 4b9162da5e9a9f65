"""A full prune while a server goes on minting: how long it takes, how long a mint waits at most, and that nothing is lost."""

import hashlib
import os
import re
import subprocess
import threading
import time

from . import data

# Visitors who mint meanwhile; each asks for every file once.
VISITORS = 64


class Minter(threading.Thread):
    """Asks for one new key after another until it is told to end."""

    def __init__(self, server, cookies, places):
        super().__init__(daemon=True)
        self.server, self.keys, self.longest, self.failed = server, [], 0.0, []
        self.asks = ((cookie, place) for cookie in cookies for place in places)
        self.over = threading.Event()

    def run(self):
        for cookie, place in self.asks:
            if self.over.is_set():
                return
            start = time.perf_counter()
            head = f"Cookie: {cookie}\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"
            answer = str(self.server.ask("GET", f"/redirect?{place}", head))
            self.longest = max(self.longest, time.perf_counter() - start)
            found = re.search(r"accesskey=([\w-]{24})", answer)
            if found:
                self.keys.append(found[1])
            else:
                self.failed.append(answer[:100])

    def end(self):
        self.over.set()
        self.join()


def measured(program, server, folder, places):
    """Seconds of the prune, the longest wait of a mint in seconds, and how many keys were minted meanwhile."""
    with open(places) as lines:
        asked = lines.read().split("\n")[:-1]
    minter = Minter(server, [server.session(f"visitor{number}") for number in range(VISITORS)], asked)
    minter.start()
    time.sleep(0.5)
    start = time.perf_counter()
    command = [program, "-c", os.path.join(folder, "settings.json"), "prune", "--older-than", "30d"]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - start
    minter.end()
    if done.returncode or minter.failed:
        raise SystemExit(f"{done.stderr} {minter.failed[:3]}")
    with open(os.path.join(folder, "keys/accesskeys.json")) as file:
        # A later line stands in place of an earlier one, and null is a key that is gone.
        last = dict(re.findall(r'"sha256:([\w-]{43})": (\{|null)', file.read()))
    there = {name for name, value in last.items() if value != "null"}
    minted = {data.text(hashlib.sha256(key.encode()).digest()) for key in minter.keys}
    if there != minted:
        raise SystemExit(f"{len(minted - there)} new keys are lost, {len(there - minted)} old ones stayed: {done.stderr}")
    return seconds, minter.longest, len(minted)
