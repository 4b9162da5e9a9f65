// Stands where the Markdown package would bring HTML, CSS and JavaScript along: what uses them of it is not used (markdown.ts).
// It must never be called.

export function html(): never {
  throw new Error("HTML in Markdown comes by markdown.ts");
}

export const htmlCompletionSource = html;
