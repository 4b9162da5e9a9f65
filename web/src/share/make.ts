// Elements made by hand: no text of anybody's is ever read as HTML.
// It must never set an attribute that runs or styles something.

type Attributes = Readonly<Record<string, string | boolean | number | undefined>>;

export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes,
  ...inside: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  set(made, attributes);
  made.append(...inside);
  return made;
}

export function draw(name: "svg" | "path" | "rect", attributes: Attributes, ...inside: readonly Node[]): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  set(made, attributes);
  made.append(...inside);
  return made;
}

function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
}
