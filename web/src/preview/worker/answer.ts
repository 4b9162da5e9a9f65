// How a thread answers: one text in, one result out.
// It must never let an error of a parser end the thread.

import type { Asked, Answered } from "../thread.ts";

export function answer(work: (text: string, name: string) => unknown): void {
  addEventListener("message", ({ data }: MessageEvent<Asked>) => {
    let answered: Answered;
    try {
      answered = { result: work(data.text, data.name) };
    } catch (error) {
      // A parser that walks by itself runs out of its stack.
      answered = { failed: error instanceof RangeError ? "deep" : "failed" };
    }
    postMessage(answered);
  });
}
