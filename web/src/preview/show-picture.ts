// A picture by itself: as large as fits, or as large as it is.
// It must never give a drawing an address of our origin: opened by itself, it could run there.

import { words } from "../words/words.ts";

/** `source` is the bytes of a picture made of pixels, of this type, or an address that holds all of a drawing; `actions` is what
 * else can be done with it. */
export function showPicture(place: HTMLElement, name: string, source: string | Uint8Array<ArrayBuffer>, actions: readonly HTMLButtonElement[], type = ""): void {
  const picture = document.createElement("img");
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  const buttons = document.createElement("p");
  figure.className = "picture";
  picture.alt = name;
  buttons.className = "actions";
  const size = button(words.preview.actual, () => {
    const actual = figure.classList.toggle("actual");
    size.setAttribute("aria-pressed", String(actual));
    size.textContent = actual ? words.preview.fit : words.preview.actual;
  });
  size.setAttribute("aria-pressed", "false");
  buttons.append(size, ...actions);
  const address = typeof source === "string" ? source : URL.createObjectURL(new Blob([source], { type }));
  const done = (said: string): void => {
    caption.textContent = said;
    if (address.startsWith("blob:")) URL.revokeObjectURL(address);
  };
  picture.addEventListener("load", () => done(words.preview.picture(name, picture.naturalWidth, picture.naturalHeight)));
  picture.addEventListener("error", () => {
    picture.remove();
    size.remove();
    done(words.preview.notPicture);
  });
  picture.src = address;
  figure.append(buttons, picture, caption);
  place.append(figure);
}

export function button(label: string, run: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button";
  made.textContent = label;
  made.addEventListener("click", run);
  return made;
}
