// Whether a text can be the name of a file, by the server's own rules, so that a person hears it before they ask.
// It must never change a name: what is refused is refused.

/** Most bytes of a name. */
const NAME_BYTES = 255;
/** Escapes that another program might decode once more. */
const ESCAPED = /%(?:2f|2e|5c|00|25)/i;

export type Wrong = "empty" | "dots" | "slash" | "control" | "escaped" | "long";

/** What is wrong with it; nothing where it is a name. */
export function wrongWith(name: string): Wrong | undefined {
  if (name === "") return "empty";
  if (name === "." || name === "..") return "dots";
  if (/[/\\]/.test(name)) return "slash";
  if (/\p{Cc}/u.test(name)) return "control";
  if (ESCAPED.test(name)) return "escaped";
  if (new TextEncoder().encode(name).length > NAME_BYTES) return "long";
  return undefined;
}
