// Which text an element of the template names: data-word="tools.save" for what it says, data-word-title and data-word-label for what it is called.
// It must never make up a text: a name without one is a mistake of ours, told loudly.

/** The text at "section.name". */
export function wordAt(words: Readonly<Record<string, unknown>>, path = ""): string {
  const found = path.split(".").reduce<unknown>((inside, name) => (isSection(inside) ? inside[name] : undefined), words);
  if (typeof found !== "string") throw new Error(`no text is called ${path}`);
  return found;
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
