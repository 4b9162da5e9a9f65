// Separated values, in a thread of its own that can be ended. It must never be imported: it is a script by itself, and can fetch nothing.

import { tableOf } from "../table.ts";
import { answer } from "./answer.ts";

answer((text, name) => tableOf(text, /\.(?:tsv|tab)$/i.test(name)));
