import assert from "node:assert/strict";
import { test } from "node:test";

import { address } from "../src/start/files.ts";
import { wrongWith } from "../src/start/name.ts";

test("a name is refused by the server's own rules", () => {
  for (const good of ["a", "a b&c#d%.md", "100%", ".env", "...", "שלום.md", "🐟", "n".repeat(255), "ä".repeat(127)]) {
    assert.equal(wrongWith(good), undefined, good);
  }
  for (const [bad, why] of [
    ["", "empty"],
    [".", "dots"],
    ["..", "dots"],
    ["a/b", "slash"],
    ["a\\b", "slash"],
    ["a\nb", "control"],
    ["a\u0085b", "control"],
    ["%2e%2e", "escaped"],
    ["x%25", "escaped"],
    ["n".repeat(256), "long"],
    ["ä".repeat(128), "long"],
  ] as const) {
    assert.equal(wrongWith(bad), why, JSON.stringify(bad));
  }
});

test("an address holds a name as it is", () => {
  const entry = { kind: "file", name: "a b&c#d%+é.md", dirname: "/srv/ü", rights: "edit" } as const;
  const query = new URL(address(entry), "http://x/").searchParams;
  assert.deepEqual([...query], [["dirname", "/srv/ü"], ["basename", entry.name]]);
  assert.equal(new URL(address({ ...entry, kind: "directory" }), "http://x/").search, "?dirname=%2Fsrv%2F%C3%BC");
});
