// What an address in an author's text leads to, as far as a preview is concerned.
// It must never make an address whole with that of the page, which is the key.

export type Target =
  | { readonly kind: "elsewhere"; readonly address: string }
  | { readonly kind: "within"; readonly id: string }
  | { readonly kind: "inline"; readonly address: string }
  | { readonly kind: "near"; readonly path: string }
  | { readonly kind: "nothing" };

const NOTHING: Target = { kind: "nothing" };
const FOLLOWED = new Set(["http:", "https:", "mailto:"]);
/** Raster pictures alone: they hold nothing that could run, whatever opens them. */
const INLINE = /^data:image\/(?:png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/=\s]*$/;
const PICTURE = /\.(?:png|jpe?g|gif|webp|avif|svg)$/i;
/** More than any name on a disk. */
const PATH_CHARACTERS = 4_096;

/** Where a link leads. */
export function linkTarget(href: string): Target {
  const text = href.trim();
  if (text.startsWith("#")) return text.length > 1 ? { kind: "within", id: decoded(text.slice(1)) ?? text.slice(1) } : NOTHING;
  const address = whole(text);
  if (address === undefined) return text === "" ? NOTHING : { kind: "near", path: text };
  return FOLLOWED.has(address.protocol) ? { kind: "elsewhere", address: address.href } : NOTHING;
}

/** What a picture's address names. */
export function pictureTarget(src: string): Target {
  const text = src.trim();
  if (INLINE.test(text)) return { kind: "inline", address: text };
  const address = whole(text);
  if (address !== undefined) return FOLLOWED.has(address.protocol) ? { kind: "elsewhere", address: address.href } : NOTHING;
  const path = decoded(text.replace(/[?#].*$/s, ""))?.replace(/^(?:\.\/+)+/, "");
  if (path === undefined || path.startsWith("/") || path.length > PATH_CHARACTERS || !PICTURE.test(path)) return NOTHING;
  return { kind: "near", path };
}

/** An address that is whole by itself; one that begins with // would get this page's scheme, and is none. */
function whole(text: string): URL | undefined {
  const bare = text.replace(/[\u0000-\u0020\u007f]/g, "");
  if (/^[\\/]{2}/.test(bare)) return new URL("about:blank");
  try {
    return new URL(bare);
  } catch {
    return /^[a-z][a-z0-9+.-]*:/i.test(bare) ? new URL("about:blank") : undefined;
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
