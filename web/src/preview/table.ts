// Text with separated values becomes rows, as many as a person looks at.
// It must never take a cell for anything but text.

import Papa from "papaparse";

import { COLUMNS, ROWS } from "./bounds.ts";

export interface Table {
  readonly rows: readonly (readonly string[])[];
  /** Whether there is more than is shown, of rows or to the right. */
  readonly more: { readonly rows: boolean; readonly columns: boolean };
}

const CELL_CHARACTERS = 1_000;

export function tableOf(text: string, tabs: boolean): Table {
  const delimiter = tabs ? { delimiter: "\t" } : {};
  const { data } = Papa.parse<string[]>(text, { ...delimiter, preview: ROWS + 1, skipEmptyLines: true });
  const shown = data.slice(0, ROWS);
  return {
    rows: shown.map((row) => row.slice(0, COLUMNS).map(shortened)),
    more: { rows: data.length > ROWS, columns: shown.some((row) => row.length > COLUMNS) },
  };
}

function shortened(cell: string): string {
  return cell.length > CELL_CHARACTERS ? `${cell.slice(0, CELL_CHARACTERS)}…` : cell;
}
