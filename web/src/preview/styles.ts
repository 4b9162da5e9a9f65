// An author's styles for the frame of an HTML preview: what the browser itself understood of them, with every address
// taken out that is no picture in the text.
// It must never be the only thing that keeps a style from fetching: the frame's own policy lets nothing be fetched.

const INLINE = /^data:image\/(?:png|jpeg|gif|webp|avif)[;,]/;
/** The name of an at-rule, however it is spelled. */
const AT_NAME = /@((?:\\[0-9a-f]{1,6}\s?|\\[^\n]|[-\w])+)/gi;
/** A custom property is kept by browsers as it was spelled: what could become an address in it. */
const LEADING = /\\|\/\/|\b(?:url|src)\(/i;

/** The rules of a style sheet, safe to stand in a <style> element. */
export function cleanSheet(text: string): string {
  const sheet = new CSSStyleSheet();
  try {
    // What is imported would be left out anyway, and be told to the console.
    sheet.replaceSync(text.replace(AT_NAME, (whole, name: string) => (plain(name) === "import" ? "@left-out" : whole)));
  } catch {
    return "";
  }
  refuse(sheet);
  // A namespace cannot be deleted while there are rules.
  const rules = [...sheet.cssRules].filter((rule) => !(rule instanceof CSSNamespaceRule));
  return clean(rules.map(({ cssText }) => cssText).join("\n"));
}

/** The declarations of a style attribute. */
export function cleanDeclarations(text: string): string {
  const { style } = document.createElement("p");
  style.cssText = text;
  refuseCustom(style);
  return clean(style.cssText);
}

/** Takes out what fetches by itself, however deep it stands. */
function refuse(sheet: CSSStyleSheet): void {
  const todo: (CSSStyleSheet | CSSGroupingRule)[] = [sheet];
  for (let group = todo.pop(); group !== undefined; group = todo.pop()) {
    for (let at = group.cssRules.length - 1; at >= 0; at -= 1) {
      const rule = group.cssRules[at];
      if (rule instanceof CSSFontFaceRule || rule instanceof CSSImportRule) group.deleteRule(at);
      else if (rule !== undefined) {
        if ("style" in rule) refuseCustom(rule.style as CSSStyleDeclaration);
        if ("cssRules" in rule) todo.push(rule as CSSGroupingRule);
      }
    }
  }
}

function refuseCustom(style: CSSStyleDeclaration): void {
  for (const name of [...style]) if (name.startsWith("--") && LEADING.test(style.getPropertyValue(name))) style.removeProperty(name);
}

function plain(name: string): string {
  return name.replace(/\\(?:([0-9a-f]{1,6})\s?|(.))/gi, (_, code: string | undefined, letter: string | undefined) => letter ?? String.fromCodePoint(Math.min(parseInt(code ?? "0", 16), 0x10ffff))).toLowerCase();
}

/** The browser writes each address as url("…"), however it was spelled before. */
function clean(text: string): string {
  const without = text.replace(/url\((?:"((?:[^"\\]|\\.)*)"|[^)]*)\)/gis, (whole, address: string | undefined) =>
    address !== undefined && INLINE.test(address) ? whole : "none",
  );
  return without.replaceAll("</", "<\\/");
}
