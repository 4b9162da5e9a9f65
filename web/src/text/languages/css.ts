// CSS, as a chunk of its own. It must never be imported but by languages.ts, lazily.

import { css } from "@codemirror/lang-css";

export { css as support };
