// A picture by itself: as large as fits, or as large as it is.
// It must never give a drawing an address of our origin: opened by itself, it could run there.

import { words } from "../words/words.ts";

/** `source` is the bytes of a picture made of pixels, of this type, or an address that holds all of a drawing. */
export function showPicture(place: HTMLElement, name: string, source: string): void;
export function showPicture(place: HTMLElement, name: string, source: Uint8Array<ArrayBuffer>, type: string): void;
export function showPicture(place: HTMLElement, name: string, source: string | Uint8Array<ArrayBuffer>, type = ""): void {
  const picture = document.createElement("img");
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  const size = document.createElement("button");
  figure.className = "picture";
  picture.alt = name;
  size.type = "button";
  size.className = "button";
  size.textContent = words.preview.actual;
  size.setAttribute("aria-pressed", "false");
  size.addEventListener("click", () => {
    const actual = figure.classList.toggle("actual");
    size.setAttribute("aria-pressed", String(actual));
    size.textContent = actual ? words.preview.fit : words.preview.actual;
  });
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
  figure.append(size, picture, caption);
  place.append(figure);
}
