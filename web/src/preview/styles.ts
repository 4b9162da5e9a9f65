// An author's styles for the frame of an HTML preview: what the browser itself understood of them, with every address
// taken out that is no picture in the text.
// It must never be the only thing that keeps a style from fetching: the frame's own policy lets nothing be fetched.

const INLINE = /^data:image\/(?:png|jpeg|gif|webp|avif)[;,]/;

/** The rules of a style sheet, safe to stand in a <style> element. */
export function cleanSheet(text: string): string {
  const sheet = new CSSStyleSheet();
  try {
    // What is imported would be left out anyway, and be told to the console.
    sheet.replaceSync(text.replace(/@import/gi, "@left-out"));
  } catch {
    return "";
  }
  const rules = [...sheet.cssRules].filter((rule) => !(rule instanceof CSSFontFaceRule) && !(rule instanceof CSSImportRule));
  return clean(rules.map(({ cssText }) => cssText).join("\n"));
}

/** The declarations of a style attribute. */
export function cleanDeclarations(text: string): string {
  const { style } = document.createElement("p");
  style.cssText = text;
  return clean(style.cssText);
}

/** The browser writes each address as url("…"), however it was spelled before. */
function clean(text: string): string {
  const without = text.replace(/url\((?:"((?:[^"\\]|\\.)*)"|[^)]*)\)/gis, (whole, address: string | undefined) =>
    address !== undefined && INLINE.test(address) ? whole : "none",
  );
  return without.replaceAll("</", "<\\/");
}
