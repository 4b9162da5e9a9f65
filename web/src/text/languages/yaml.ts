// YAML, as a chunk of its own. It must never be imported but by languages.ts, lazily.

import { yaml } from "@codemirror/lang-yaml";

export { yaml as support };
