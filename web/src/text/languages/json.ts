// JSON, as a chunk of its own. It must never be imported but by languages.ts, lazily.

import { json } from "@codemirror/lang-json";

export { json as support };
