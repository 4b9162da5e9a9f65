"""Ten million keys beside a thousand: a mint and a resolve on both, round by round, and what a node takes in memory.

The ten million are filled once and not copied, since two of them are more than a machine of 24 GiB holds; what is minted on top
of them is less than one in a hundred. A thousand are a fresh copy for each mint.

What is opened are as many keys on both sides, for the same files, on the larger one from all over it: so what grows is the number
of keys alone. Beside that stands what it costs to open a hundred thousand of them at random, which do not fit a processor's cache.
"""

import time

from . import rows, scale

SMALL, LARGE = 1_000, 10_000_000
# As much as all the keys that are asked for take; and what a node may take then.
CACHE_MIB = 256
BAR, AIM = 0.85, 0.95
# How long any keys are opened, so that a cache is full, and those of a load, so that they are at hand.
FILLING_SECONDS, WARMING_SECONDS = 20, 8


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
        # What all are held against was measured with each store; the first will do.
        known = {}
        for point in self.points:
            known.setdefault((point.what, point.series), point)
        self.points = list(known.values())
        return True

    def _one(self, store):
        small, large = store.side(SMALL), store.side(self.large)
        time.sleep(2.5)
        few, same, many = self._opens(SMALL) + "-few", self._same(), self._opens(self.large) + "-few"
        loads = {"small": (small, few), "same": (large, same), "many": (large, many)}
        runs = {name: [] for name in [*loads, "verdicts", "minted small", "minted large"]}
        for side, keys in loads.values():
            # What is asked for is at hand before it counts.
            self.opened(side, keys, WARMING_SECONDS)
        based = []
        for number in range(self.rounds):
            based.append(self.bases(scale.CONNECTIONS, number))
            for name, (side, keys) in loads.items():
                runs[name].append(self.opened(side, keys, self.seconds, number=number))
            runs["verdicts"].append(self.verdict(large, self.large, scale.CONNECTIONS, number))
            fresh = store.side(SMALL)
            runs["minted small"].append(self._minted(fresh, number))
            store.forget(fresh)
            runs["minted large"].append(self._minted(large, number))
        of = f"{store.name}, {self.large:,} keys to {SMALL:,}"
        for what, ours, base, bar in (
                (f"resolves of {_lines(few):,} keys, {of}", "same", "small", (BAR, AIM)),
                (f"(resolves of {_lines(many):,} keys to {_lines(few):,}, {of})", "many", "small", (None, None)),
                (f"new keys by /redirect, {of}", "minted large", "minted small", (BAR, AIM))):
            self.table.append(rows.rates(rows.Row(what, "/s", *bar), runs[ours], runs[base], base_waits=base != "small"))
        at = (store.name, self.large)
        self._rates("keys", {("resolve", *at): runs["many"], ("verdict", *at): runs["verdicts"], ("mint", *at): runs["minted large"]}, dict(enumerate(based)))
        self._memory_of(store, large)
        self.points.append(scale.Point("keys", self.large, "start", store.name, large.nodes[0].ready_seconds, "s"))
        for side in (small, large):
            store.forget(side)

    def _same(self):
        """As many keys of the larger number as are opened of the smaller, for the same files, from all over it."""
        with open(self._opens(SMALL) + "-few") as few, open(self._opens(self.large) + "-few") as many:
            count, all_of_them = len(few.readlines()), many.readlines()
        # They come file by file, and then again.
        turns = len(all_of_them) // count
        path = self._at("same")
        with open(path, "w") as out:
            out.writelines(all_of_them[turns * number // count * count + number] for number in range(count))
        return path

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
        self._memory(store, self.large, side)
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


def _lines(path):
    with open(path) as lines:
        return sum(1 for _ in lines)
