// XML, as a chunk of its own. It must never be imported but by languages.ts, lazily.

import { xml } from "@codemirror/lang-xml";

export { xml as support };
