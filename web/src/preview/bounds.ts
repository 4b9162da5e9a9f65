// How much of a text is read for a preview, for the threads that read it and the page that says so. It must never do anything.

export const ROWS = 1_000;
export const COLUMNS = 100;
/** Elements within elements: more than a page of somebody has, and what browsers bear. */
export const DEPTH = 1_500;

/** A text that is nested deeper. */
export class TooDeep extends RangeError {}
