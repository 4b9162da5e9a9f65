// Python, as a chunk of its own. It must never be imported but by languages.ts, lazily.

import { python } from "@codemirror/lang-python";

export { python as support };
