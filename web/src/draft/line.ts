// Beside the state of the text: that there is no connection, and that the file is open in another tab.
// It must never say that there is a connection: only a save that arrived shows that.

import { element } from "../page.ts";
import { words } from "../words/words.ts";
import type { Tabs } from "./tabs.ts";

export function showLine(tabs: Tabs): void {
  const offline = element("offline", HTMLElement);
  const also = element("also", HTMLElement);
  const show = (): void => {
    offline.textContent = navigator.onLine ? "" : words.draft.offline;
    also.textContent = tabs.others === 0 ? "" : words.draft.also(tabs.others);
  };
  addEventListener("online", show);
  addEventListener("offline", show);
  tabs.counted.on(show);
  show();
}
