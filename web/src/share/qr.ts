// A link as a picture for a camera: dark on light in every colour scheme, with the margin that readers need.
// It must never leave the page.

import { encode } from "uqr";

import { draw } from "./make.ts";

/** Modules of margin that the standard asks for. */
const MARGIN = 4;

export function drawQr(text: string, name: string): SVGElement {
  const { data, size } = encode(text, { ecc: "M", border: MARGIN });
  return draw(
    "svg",
    { class: "qr", viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": name, "shape-rendering": "crispEdges" },
    draw("rect", { width: size, height: size, fill: "#ffffff" }),
    draw("path", { d: darkness(data), fill: "#000000" }),
  );
}

/** Each run of dark modules in a row as one rectangle. */
export function darkness(rows: readonly (readonly boolean[])[]): string {
  const runs: string[] = [];
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x += 1) {
      if (row[x] !== true) continue;
      let end = x;
      while (row[end] === true) end += 1;
      runs.push(`M${x} ${y}h${end - x}v1h${x - end}z`);
      x = end;
    }
  });
  return runs.join("");
}
