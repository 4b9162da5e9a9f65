// Markdown, in a thread of its own that can be ended. It must never be imported: it is a script by itself, and can fetch nothing.

import { blocksOf } from "../markdown.ts";
import { answer } from "./answer.ts";

answer((text) => blocksOf(text));
