// Where two texts differ: the one stretch between what they begin and end with alike.
// It must never need CodeMirror: it is used while that is still on its way, too.

export interface Differing {
  readonly from: number;
  /** Where the stretch ends, in the first text and in the second. */
  readonly to: number;
  readonly toOther: number;
}

export function differing(a: string, b: string): Differing {
  const shorter = Math.min(a.length, b.length);
  let from = 0;
  while (from < shorter && a.charCodeAt(from) === b.charCodeAt(from)) from += 1;
  let alike = 0;
  while (alike < shorter - from && a.charCodeAt(a.length - 1 - alike) === b.charCodeAt(b.length - 1 - alike)) alike += 1;
  return { from, to: a.length - alike, toOther: b.length - alike };
}
