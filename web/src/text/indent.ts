// How a text is indented already, so that the Tab key goes on in the same way.
// It must never change the text.

/** How much is looked at: enough to know, quick on a file of any length. */
const LOOKED_AT_CHARACTERS = 100_000;
const DEFAULT_UNIT = "  ";

export function indentUnitOf(text: string): string {
  let tabs = 0;
  let before = 0;
  const steps = new Map<number, number>();
  for (const line of text.slice(0, LOOKED_AT_CHARACTERS).split(/\r\n?|\n/)) {
    if (line.startsWith("\t")) tabs += 1;
    const width = line.search(/[^ ]/);
    if (width < 0) continue;
    const step = Math.abs(width - before);
    if (step >= 2 && step <= 8) steps.set(step, (steps.get(step) ?? 0) + 1);
    before = width;
  }
  const [commonest] = [...steps].sort(([a, foundA], [b, foundB]) => foundB - foundA || a - b);
  if (tabs > (commonest?.[1] ?? 0)) return "\t";
  return commonest === undefined ? DEFAULT_UNIT : " ".repeat(commonest[0]);
}
