// A place in the text as an address names it: "#L12" or "#L12-L20", as code hosts write it.
// It must never take anything else of an address.

export interface Lines {
  readonly first: number;
  readonly last: number;
}

export function linesOf(hash: string): Lines | undefined {
  const found = /^#L([1-9]\d{0,8})(?:-L?([1-9]\d{0,8}))?$/.exec(hash);
  if (found?.[1] === undefined) return undefined;
  const first = Number(found[1]);
  const last = found[2] === undefined ? first : Number(found[2]);
  return { first: Math.min(first, last), last: Math.max(first, last) };
}

export function hashOf({ first, last }: Lines): string {
  return first === last ? `#L${first}` : `#L${first}-L${last}`;
}
