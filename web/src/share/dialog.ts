// The dialog for sharing: what the new link may do, then the link itself, and the links that were made here.
// It must never keep a link when it is closed: what is remembered of it is its id, to revoke it, and only in this window.

import type { Page } from "../page.ts";
import { sayMoment } from "../words/say.ts";
import { words } from "../words/words.ts";
import { Form } from "./form.ts";
import type { Link, Refusal } from "./link.ts";
import { deriveLink, ownLink, revokeLink } from "./links.ts";
import { make } from "./make.ts";
import { drawQr } from "./qr.ts";
import { askFor } from "./wish.ts";

let dialog: HTMLDialogElement | undefined;
/** Made in this window and not revoked; the newest first. */
const made: Link[] = [];

export function openShare(page: Page): void {
  if (dialog?.open === true) return;
  dialog?.remove();
  dialog = make("dialog", { id: "share-dialog", class: "dialog share", "aria-labelledby": "share-title" });
  document.body.append(dialog);
  const body = make("div", { class: "share-body" });
  const said = make("p", { id: "share-said", role: "status", class: "muted" });
  const list = make("section", { class: "share-list", "aria-labelledby": "share-list-title" });
  dialog.append(make("h2", { id: "share-title", tabindex: -1 }, words.share.title), body, list, said);
  dialog.addEventListener("close", () => {
    // With it goes the link, and a passphrase that was typed.
    dialog?.remove();
    dialog = undefined;
  });
  const open = new Open(page, dialog, body, list, said);
  dialog.showModal();
  void open.begin();
}

class Open {
  readonly #page: Page;
  readonly #dialog: HTMLDialogElement;
  readonly #body: HTMLElement;
  readonly #list: HTMLElement;
  readonly #said: HTMLElement;
  #own: Link | undefined;

  constructor(page: Page, dialog: HTMLDialogElement, body: HTMLElement, list: HTMLElement, said: HTMLElement) {
    this.#page = page;
    this.#dialog = dialog;
    this.#body = body;
    this.#list = list;
    this.#said = said;
  }

  /** What the link at hand allows is asked first: no more than that can be given. */
  async begin(): Promise<void> {
    this.#body.replaceChildren(make("p", { class: "muted" }, words.share.asking), this.#ending());
    this.#showList();
    const own = await ownLink(this.#page.base);
    if (!this.#dialog.open) return;
    if (own.kind === "refused") return this.#cannot(own.why);
    this.#own = own.value;
    // What only those who claimed it may use, or one visitor, is not passed on.
    if (own.value.uses !== undefined) return this.#cannot("claimed");
    if (own.value.bound) return this.#cannot("bound");
    this.#ask(own.value);
  }

  #ask(own: Link): void {
    const form = new Form(own, () => void this.#make(form, own), this.#close());
    this.#body.replaceChildren(form.element);
    form.focus();
  }

  async #make(form: Form, own: Link): Promise<void> {
    const wish = form.read();
    const asked = askFor(wish, own.expires, Date.now());
    if (typeof asked === "string") return form.complain(words.share.fault[asked], asked);
    form.busy(true);
    const answer = await deriveLink(this.#page.base, asked);
    form.busy(false);
    if (!this.#dialog.open) return;
    if (answer.kind === "refused") return form.complain(words.share.refused[answer.why], answer.why);
    made.unshift(answer.value.link);
    this.#show(answer.value.link, answer.value.url);
    this.#showList();
  }

  #show(link: Link, url: string): void {
    const field = make("input", { id: "share-link", type: "text", readonly: true, value: url, autocomplete: "off", spellcheck: "false", dir: "ltr" });
    field.addEventListener("focus", () => field.select());
    const copy = button("button", words.share.copy, () => void this.#copy(field));
    const system = button("button quiet", words.share.system, () => void this.#pass(url));
    system.hidden = typeof navigator.share !== "function";
    const another = button("button quiet", words.share.another, () => {
      if (this.#own !== undefined) this.#ask(this.#own);
    });
    this.#body.replaceChildren(
      make("p", { id: "share-allows", class: "share-allows" }, words.share.allows({ ...link, name: this.#page.name })),
      make(
        "div",
        { class: "share-made" },
        make(
          "div",
          { class: "field" },
          make("label", { for: "share-link" }, words.share.link),
          field,
          make("p", { class: "hint" }, words.share.once),
          make("div", { class: "actions" }, copy, system),
        ),
        make("figure", {}, drawQr(url, words.share.qr), make("figcaption", { class: "hint" }, words.share.scan)),
      ),
      make("div", { class: "actions" }, another, this.#close()),
    );
    field.focus();
  }

  #showList(): void {
    this.#list.hidden = made.length === 0;
    const rows = made.map((link) => {
      const revoke = button("button quiet", words.share.revoke, () => void this.#revoke(link, revoke));
      revoke.setAttribute("aria-label", words.share.revokeNamed(nameOf(link)));
      const end = link.expires === undefined ? words.share.noEnd : words.share.until(sayMoment(link.expires));
      return make("li", {}, make("span", { class: "share-what" }, make("bdi", {}, nameOf(link)), make("span", { class: "muted" }, end)), revoke);
    });
    this.#list.replaceChildren(
      make("h3", { id: "share-list-title", tabindex: -1 }, words.share.madeHere),
      make("p", { class: "hint" }, words.share.madeHereHint),
      make("ul", {}, ...rows),
    );
  }

  async #revoke(link: Link, pressed: HTMLButtonElement): Promise<void> {
    pressed.disabled = true;
    const answer = await revokeLink(this.#page.base, link.id);
    // One that is not there any more is as good as revoked.
    const gone = answer.kind === "done" || answer.why === "dead";
    this.#said.textContent = gone ? words.share.revoked(nameOf(link)) : words.share.refused[answer.why];
    pressed.disabled = false;
    if (!gone) return;
    made.splice(made.indexOf(link), 1);
    // Its address must not go on standing there as if it opened something.
    if (this.#own !== undefined && this.#body.querySelector("#share-link") !== null) this.#ask(this.#own);
    this.#showList();
    this.#dialog.querySelector<HTMLElement>(made.length > 0 ? "#share-list-title" : "#share-title")?.focus();
  }

  async #copy(field: HTMLInputElement): Promise<void> {
    field.select();
    try {
      // Without https a browser has no clipboard for pages: the text is chosen, and Ctrl+C takes it.
      await navigator.clipboard.writeText(field.value);
      this.#said.textContent = words.share.copied;
    } catch {
      this.#said.textContent = words.share.copyByHand;
    }
  }

  async #pass(url: string): Promise<void> {
    try {
      await navigator.share({ title: this.#page.name, url });
    } catch {
      // Given up by the reader, or refused by the system: the link still stands there to be copied.
    }
  }

  #cannot(why: Refusal | "bound"): void {
    this.#body.replaceChildren(make("p", { role: "alert" }, words.share.refused[why]), this.#ending());
    this.#dialog.querySelector<HTMLElement>("#share-title")?.focus();
  }

  #ending(): HTMLElement {
    return make("div", { class: "actions" }, this.#close());
  }

  #close(): HTMLButtonElement {
    return button("button quiet", words.share.close, () => this.#dialog.close());
  }
}

function nameOf(link: Link): string {
  return link.label ?? words.share.named(link.rights);
}

function button(kind: string, text: string, run: () => void): HTMLButtonElement {
  const made = make("button", { type: "button", class: kind }, text);
  made.addEventListener("click", run);
  return made;
}
