// Rows as a table. It must never take a cell for anything but text.

import { words } from "../words/words.ts";
import { COLUMNS, ROWS } from "./bounds.ts";
import type { Table } from "./table.ts";

export function showTable(place: HTMLElement, name: string, { rows, more }: Table): void {
  const [first, ...rest] = rows;
  if (first === undefined) return void place.append(said(words.preview.empty));
  if (more.rows) place.append(said(words.preview.rows(ROWS)));
  if (more.columns) place.append(said(words.preview.columns(COLUMNS)));
  const table = document.createElement("table");
  table.setAttribute("aria-label", words.preview.of(name));
  const head = table.createTHead().insertRow();
  for (const cell of first) head.append(made("th", cell));
  const body = table.createTBody();
  for (const row of rest) body.insertRow().append(...row.map((cell) => made("td", cell)));
  place.append(table);
}

function made(kind: "th" | "td", text: string): HTMLElement {
  const cell = document.createElement(kind);
  if (kind === "th") cell.setAttribute("scope", "col");
  else if (/^[-+]?[\d.,\s]*\d%?$/.test(text)) cell.className = "right";
  cell.dir = "auto";
  cell.textContent = text;
  return cell;
}

function said(text: string): HTMLElement {
  const line = document.createElement("p");
  line.className = "said";
  line.textContent = text;
  return line;
}
