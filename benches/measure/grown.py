"""Ten million keys beside a thousand: a mint and a resolve on both, round by round, and what a node takes in memory.

The ten million are filled once and not copied, since two of them are more than a machine of 24 GiB holds; what is minted on top
of them is less than one in a hundred. A thousand are a fresh copy for each mint.
"""

import time

from . import rows, scale

SMALL, LARGE = 1_000, 10_000_000
# As much as all the keys that are asked for take; and what a node may take then.
CACHE_MIB = 256
BAR, AIM = 0.85, 0.95
# How long keys are opened one after another, so that the cache is full.
FILLING_SECONDS = 20


class Grown(scale.Scale):
    """One store after another, each with both numbers of keys."""

    def __init__(self, folder, program, baseline, given):
        given.sizes, given.middle = (SMALL, given.keys or LARGE), SMALL
        super().__init__(folder, program, baseline, given)
        self.large = given.sizes[1]
        self.table = []
        for store in self.stores:
            if store.name == "redis":
                store.more = {"redis": {"cache": f"{CACHE_MIB}MiB"}}

    def run(self):
        for store in self.stores:
            self._in_time()
            self._one(store)
        return True

    def _one(self, store):
        small, large = store.side(SMALL), store.side(self.large)
        time.sleep(2.5)
        for side, size in ((small, SMALL), (large, self.large)):
            # What is asked for is at hand before it counts.
            self.resolve(side, size, scale.CONNECTIONS, 99)
        opened, minted = {small: [], large: []}, {small: [], large: []}
        for number in range(self.rounds):
            for side, size in ((small, SMALL), (large, self.large)):
                opened[side].append(self.resolve(side, size, scale.CONNECTIONS, number))
            fresh = store.side(SMALL)
            minted[small].append(self._minted(fresh, number))
            store.forget(fresh)
            minted[large].append(self._minted(large, number))
        for what, runs, waits in (("resolves", opened, False), ("new keys by /redirect", minted, True)):
            row = rows.Row(f"{what}, {store.name}, {self.large:,} keys to {SMALL:,}", "/s", BAR, AIM)
            self.table.append(rows.rates(row, runs[large], runs[small], base_waits=waits))
        self._memory_of(store, large)
        self.notes.append(f"{store.name}: a node on {self.large:,} keys answered {large.nodes[0].ready_seconds:.1f} s after its start")
        for side in (small, large):
            store.forget(side)

    def _minted(self, side, number):
        """New keys of visitors who asked for nothing before."""
        cookies = self._at("cookies")
        count = scale.WARM + max(1, scale.EACH_SECOND * self.seconds)
        with open(cookies, "w") as out:
            out.writelines(side.nodes[0].session(f"grown{number}-{visitor}") + "\n" for visitor in range(count))
        return self.asked_anew(side, [cookies], scale.CONNECTIONS)

    def _memory_of(self, store, side):
        """After so many keys were opened that a cache is full."""
        if store.name == "redis":
            self._open_all(side)
        own, beside = (part / scale.MEBIBYTE for part in side.memory())
        if beside:
            row = rows.Row(f"VmRSS of a node, redis, {self.large:,} keys, to redis.cache", "MiB", 1.0, 0.8, less=True)
            row.figure, row.base, row.ratio = own, CACHE_MIB, own / CACHE_MIB
            row.note = f"the server beside it: {beside:,.0f} MiB, {store.filled[self.large] / self.large:.0f} bytes a key (used_memory)"
        else:
            row = rows.Row(f"VmRSS of a node, json, {self.large:,} keys", "MiB", None, None)
            row.figure, row.note = own, f"{own * scale.MEBIBYTE / self.large:.0f} bytes a key"
        self.table.append(row)

    def _open_all(self, side):
        """Any keys that open something, so that the cache is full and has to let go."""
        self.opened(side, self._opens(self.large), FILLING_SECONDS)
