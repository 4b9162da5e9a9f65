// What is told of a key, how long a broken line waits, and what is said to whom it stops.
// It must never need a browser or a server.

import assert from "node:assert/strict";
import { test } from "node:test";

import { readTold, waitMs } from "../src/told.ts";
import { words } from "../src/words/words.ts";

test("an event says what the key is, and what is no event says nothing", () => {
  assert.deepEqual(readTold('{"state":"revoked"}'), { state: "dead" });
  assert.deepEqual(readTold('{"state":"live","rights":"edit","expires":null}'), { state: "live", rights: "edit" });
  assert.deepEqual(readTold('{"state":"changed","rights":"view","expires":"2099-01-01T00:00:00Z"}'), { state: "live", rights: "view" });
  for (const bad of ["", "{", "null", "[]", "{}", '"revoked"', '{"state":"gone"}', '{"state":"live"}', '{"state":"changed","rights":"all"}']) {
    assert.equal(readTold(bad), undefined, bad);
  }
});

test("a broken line is tried again soon, then more and more seldom, and not by all at once", () => {
  assert.equal(waitMs(0, 1), 1_000);
  assert.equal(waitMs(0, 0), 500);
  assert.equal(waitMs(3, 1), 8_000);
  assert.equal(waitMs(500, 1), 30_000);
  assert.equal(waitMs(500, 0), 15_000);
});

test("whoever is stopped is told where their text is", () => {
  for (const why of ["dead", "view"] as const) {
    assert.match(words.why.stopped(why, "kept"), /not saved.*kept in this browser/);
    assert.match(words.why.stopped(why, "here"), /not saved.*download a copy before/);
    assert.match(words.why.stopped(why, "saved"), /was saved before/);
  }
  assert.doesNotMatch(words.why.stopped("dead", "nothing"), /saved/);
});
