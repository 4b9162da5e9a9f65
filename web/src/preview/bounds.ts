// How much of a table is shown, for the thread that reads it and the page that says so. It must never hold code.

export const ROWS = 1_000;
export const COLUMNS = 100;
