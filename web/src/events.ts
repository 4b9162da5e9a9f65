// What becomes of the key and of the file while the page is open: heard from the server as it happens, and asked for again
// when the line breaks.
// It must never take a broken line for a dead key, nor put the key into an address.

import { createParser } from "eventsource-parser";

import { authorization } from "./key.ts";
import { readTold, type Told, waitMs } from "./told.ts";

/** The server says something at least every 15 s: after this long without a word the line is dead. */
const SILENCE_MS = 40_000;

/** Follows the key until it is dead. A page that nobody sees does not listen, and asks at once when it is seen again. */
export function follow(base: string, tell: (told: Told) => void): void {
  const address = `${base}api/file/events`;
  let line: AbortController | undefined;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let dead = false;

  const heard = (data: string, event?: string): void => {
    failures = 0;
    const told = readTold(data, event);
    if (told === undefined || dead) return;
    dead = told.state === "dead";
    tell(told);
  };
  const listen = async (): Promise<void> => {
    if (dead || line !== undefined || document.hidden) return;
    const mine = new AbortController();
    line = mine;
    const status = await hear(address, mine, heard);
    if (line === mine) line = undefined;
    if (status === 403 && !dead) heard('{"state":"revoked"}');
    if (!dead && !mine.signal.aborted) again();
  };
  const again = (): void => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void listen(), waitMs(failures++, Math.random()));
  };
  document.addEventListener("visibilitychange", () => {
    clearTimeout(waiting);
    if (document.hidden) {
      line?.abort();
      line = undefined;
    } else {
      void listen();
    }
  });
  void listen();
}

/** Hears one answer to its end. Its status; 0 where there was none. */
async function hear(address: string, line: AbortController, heard: (data: string, event?: string) => void): Promise<number> {
  let silence: ReturnType<typeof setTimeout> | undefined;
  const listening = (): void => {
    clearTimeout(silence);
    // Given up as a broken line is: it is not we who want no more.
    silence = setTimeout(() => void reader?.cancel().catch(() => undefined), SILENCE_MS);
  };
  let reader: ReadableStreamDefaultReader<string> | undefined;
  try {
    const answer = await fetch(address, {
      headers: { ...authorization(), Accept: "text/event-stream" },
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
      signal: line.signal,
    });
    if (answer.status !== 200 || answer.body === null) {
      await answer.body?.cancel();
      return answer.status;
    }
    const parser = createParser({ onEvent: (event) => heard(event.data, event.event) });
    reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      listening();
      const { done, value } = await reader.read();
      if (done) return 200;
      parser.feed(value);
    }
  } catch {
    return 0;
  } finally {
    clearTimeout(silence);
  }
}
