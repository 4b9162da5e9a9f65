// JavaScript and its dialects, as a chunk of its own. It must never be imported but by languages.ts, lazily.

import { javascript } from "@codemirror/lang-javascript";

export { javascript as support };
