// PHP, as a chunk of its own. It must never be imported but by languages.ts, lazily.

import { php } from "@codemirror/lang-php";

export { php as support };
