// What a narrower link is asked to be, and what the server's refusals mean.
// It must never need a browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { readLink, refusalOf } from "../src/share/link.ts";
import { darkness } from "../src/share/qr.ts";
import { askFor, endsWithin, type Wish } from "../src/share/wish.ts";
import { words } from "../src/words/words.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const PLAIN: Wish = { rights: "view", ends: "own", at: "", idle: "", uses: "", passphrase: "", label: "" };

test("no end is offered that is later than the link's own", () => {
  const within = (own: Date | undefined): string[] => endsWithin(own, NOW).map((end) => end.name);
  assert.deepEqual(within(undefined), ["1h", "1d", "7d", "30d", "90d"]);
  assert.deepEqual(within(new Date(NOW + 2 * 86_400_000)), ["1h", "1d"]);
  assert.deepEqual(within(new Date(NOW + 60_000)), []);
});

test("what was chosen becomes what is asked for, and nothing else is in it", () => {
  const own = new Date(NOW + 10 * 86_400_000);
  const ask = (wish: Partial<Wish>): unknown => askFor({ ...PLAIN, ...wish }, own, NOW);
  assert.deepEqual(ask({}), { rights: "view" });
  assert.deepEqual(ask({ ends: "7d", idle: "30d", uses: "1", passphrase: "12345678", label: " for Ann " }), {
    rights: "view", expires: "7d", idle: "30d", uses: 1, passphrase: "12345678", label: "for Ann",
  });
  const at = new Date(NOW + 3_600_000);
  assert.deepEqual(ask({ ends: "at", at: at.toISOString() }), { rights: "view", expires: at.toISOString() });
  assert.equal(ask({ ends: "at" }), "noTime");
  assert.equal(ask({ ends: "at", at: "2020-01-01T00:00" }), "past");
  assert.equal(ask({ ends: "at", at: "2030-01-01T00:00" }), "late");
  // Characters are counted as the server counts them.
  assert.equal(ask({ passphrase: "😀😀😀😀" }), "short");
  for (const uses of ["0", "101", "1.5", "x", "-1"]) assert.equal(ask({ uses }), "uses", uses);
});

test("each refusal has its words, and none is what the server said", () => {
  assert.equal(refusalOf(429, "anything"), "often");
  assert.equal(refusalOf(403, "At most 100 keys are derived from one: revoke those that nobody needs."), "many");
  assert.equal(refusalOf(403, "something new"), "other");
  for (const text of [...Object.values(words.share.refused), ...Object.values(words.share.fault)]) assert.ok(text.length > 20);
});

test("an answer that is none is not taken for a link", () => {
  assert.equal(readLink({}), undefined);
  assert.equal(readLink({ id: "a", rights: "own" }), undefined);
  assert.deepEqual(readLink({ id: "a", rights: "view", expires: null, idle: "7d", uses_left: 1, passphrase: true, bind: "visitor" }), {
    id: "a", rights: "view", expires: undefined, idleDays: 7, uses: 1, passphrase: true, label: undefined, bound: true,
  });
});

test("the sentence says what the link allows and until when", () => {
  const link = { name: "notes.md", rights: "view", expires: new Date(2026, 10, 29, 9, 5), idleDays: undefined, uses: undefined, passphrase: false } as const;
  const plain = (more: object): string => words.share.allows({ ...link, ...more }).replace(/[\u2068\u2069]/g, "").replaceAll("\u202f", " ");
  assert.equal(plain({}), "Whoever has this link may view notes.md until November 29, 2026 at 9:05 AM.");
  assert.equal(
    plain({ rights: "edit", expires: undefined, uses: 1, passphrase: true, idleDays: 30 }),
    "Whoever has this link may view and change notes.md until you revoke it. It opens in one browser only: the first that opens it keeps it. It asks for the passphrase. It ends sooner when nobody uses it for 30 days.",
  );
  assert.match(plain({ uses: 3 }), /opens in 3 browsers/);
});

test("the picture has each dark module once", () => {
  assert.equal(darkness([[true, true, false, true], [false, false, false, false], [false, true, true, true]]), "M0 0h2v1h-2zM3 0h1v1h-1zM1 2h3v1h-3z");
});
