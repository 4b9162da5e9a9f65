// Rust, as a chunk of its own. It must never be imported but by languages.ts, lazily.

import { rust } from "@codemirror/lang-rust";

export { rust as support };
