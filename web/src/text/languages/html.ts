// HTML, as a chunk of its own. It must never be imported but by languages.ts, lazily.

import { html } from "@codemirror/lang-html";

export { html as support };
