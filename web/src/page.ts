// What the server wrote into the page: the file's name, the rights, the limit, and the elements to work with.
// It must never hold the key or the text, and never trust a value further than to show it.

/** What .editorconfig says of the file, as far as we honour it. */
export interface Style {
  readonly indentStyle?: "tab" | "space";
  readonly indentSize?: number;
  readonly tabWidth?: number;
  readonly endOfLine?: "lf" | "crlf" | "cr";
  readonly charset?: "utf-8" | "utf-8-bom" | "utf-16le" | "utf-16be" | "latin1";
  readonly trimTrailingWhitespace?: boolean;
  readonly insertFinalNewline?: boolean;
  readonly maxLineLength?: number;
}

export interface Page {
  readonly name: string;
  /** The key's public id, and a name of the file that says nothing of where it is. */
  readonly keyId: string;
  readonly fileId: string;
  readonly rights: "view" | "edit";
  /** Where the server's addresses begin, relative to this page. */
  readonly base: string;
  readonly bodyLimitBytes: number;
  /** Lets the editor's own style elements pass the content security policy. */
  readonly nonce: string;
  readonly style: Style;
}

export function readPage(): Page {
  const data = element("page", HTMLElement).dataset;
  const meta = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]');
  const limit = Number(data["bodyLimit"]);
  return {
    name: data["name"] ?? "",
    keyId: data["key"] ?? "",
    fileId: data["file"] ?? "",
    rights: data["rights"] === "edit" ? "edit" : "view",
    base: data["base"] ?? "./",
    bodyLimitBytes: Number.isFinite(limit) && limit > 0 ? limit : Infinity,
    nonce: meta?.nonce ?? "",
    style: readStyle(data["style"]),
  };
}

/** As the server wrote it: it has taken nothing but known words and small numbers. */
function readStyle(written: string | undefined): Style {
  return written === undefined || written === "" ? {} : (JSON.parse(written) as Style);
}

/** The element of the template with this id; a template without it is a mistake of ours, told loudly. */
export function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no element #${id}`);
}
