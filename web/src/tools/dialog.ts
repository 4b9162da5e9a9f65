// A dialog that is made when it is asked for and gone when it is closed.
// It must never be left behind, and closing it gives the focus back to where it was.

export interface Dialog {
  readonly box: HTMLDialogElement;
  close(): void;
}

/** Shown at once; `content` is what stands below the title. */
export function openDialog(title: string, kind: string, ...content: readonly Node[]): Dialog {
  const box = document.createElement("dialog");
  box.className = `dialog ${kind}`;
  const heading = make("h2", "", title);
  heading.id = `${kind}-title`;
  box.setAttribute("aria-labelledby", heading.id);
  box.append(heading, ...content);
  return show(box);
}

/** Shown at once, and told apart by a name that only a screen reader says. */
export function openNamed(name: string, kind: string, ...content: readonly Node[]): Dialog {
  const box = document.createElement("dialog");
  box.className = kind;
  box.setAttribute("aria-label", name);
  box.append(...content);
  return show(box);
}

function show(box: HTMLDialogElement): Dialog {
  box.addEventListener("close", () => box.remove());
  // A press beside the box is one on the dialog itself.
  box.addEventListener("click", (event) => {
    if (event.target === box && outside(box, event)) box.close();
  });
  document.body.append(box);
  box.showModal();
  return { box, close: () => box.close() };
}

function outside(box: HTMLElement, { clientX, clientY }: MouseEvent): boolean {
  const { left, right, top, bottom } = box.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}

/** A question with two answers; Escape is the one that does nothing. */
export function confirmed(title: string, text: string, yes: string, no: string): Promise<boolean> {
  return new Promise((decide) => {
    let decision = false;
    const dialog = openDialog(title, "asked", make("p", "", text), actions([yes, () => ((decision = true), dialog.close())], [no, () => dialog.close()]));
    dialog.box.addEventListener("close", () => decide(decision));
  });
}

export function actions(...each: readonly (readonly [label: string, run: () => void])[]): HTMLElement {
  const row = make("div", "actions", "");
  row.append(...each.map(([label, run]) => button(label, run)));
  return row;
}

export function button(label: string, run: () => void): HTMLButtonElement {
  const made = make("button", "button quiet", label);
  made.type = "button";
  made.addEventListener("click", run);
  return made;
}

export function make<K extends keyof HTMLElementTagNameMap>(kind: K, className: string, text: string): HTMLElementTagNameMap[K] {
  const made = document.createElement(kind);
  if (className !== "") made.className = className;
  if (text !== "") made.textContent = text;
  return made;
}
