// What two plugins of markdown-it are, which say nothing of it themselves. It must never hold code.

declare module "markdown-it-footnote" {
  import type MarkdownIt from "markdown-it";
  const footnote: (parser: MarkdownIt) => void;
  export default footnote;
}

declare module "markdown-it-task-lists" {
  import type MarkdownIt from "markdown-it";
  const tasks: (parser: MarkdownIt, options?: { readonly label?: boolean }) => void;
  export default tasks;
}
