// The form of the dialog for sharing: rights, end, passphrase, browsers, a note.
// It must never send anything, and never hold a passphrase anywhere but in its field.

import { sayLength, sayMoment } from "../words/say.ts";
import { words } from "../words/words.ts";
import type { Link } from "./link.ts";
import { make } from "./make.ts";
import { endsWithin, MOST_BROWSERS, PASSPHRASE_CHARACTERS, USUAL, type Wish } from "./wish.ts";

const IDLE_DAYS = [7, 30, 90];
/** Which field a refusal is about. */
const ABOUT: Readonly<Record<string, "rights" | "ends" | "at" | "passphrase" | "uses" | "idle">> = {
  noTime: "at", past: "at", late: "at", short: "passphrase", wantsPassphrase: "passphrase", uses: "uses", life: "ends", idle: "idle", rights: "rights",
};

export class Form {
  readonly element: HTMLFormElement;
  readonly #rights: HTMLSelectElement;
  readonly #ends: HTMLSelectElement;
  readonly #at: HTMLInputElement;
  readonly #passphrase: HTMLInputElement;
  readonly #uses: HTMLInputElement;
  readonly #idle: HTMLSelectElement;
  readonly #label: HTMLInputElement;
  readonly #more: HTMLDetailsElement;
  readonly #alert = make("p", { id: "share-alert", class: "alert", role: "alert", hidden: true });
  readonly #submit = make("button", { type: "submit", class: "button" }, words.share.make);

  constructor(own: Link, submit: () => void, close: HTMLElement) {
    const may = own.rights === "edit" ? (["view", "edit"] as const) : (["view"] as const);
    this.#rights = choice("share-rights", may.map((rights) => [rights, words.share.rights[rights]]), "view");
    const within = endsWithin(own.expires, Date.now());
    const whole = own.expires === undefined ? words.share.forever : words.share.asLong(sayMoment(own.expires));
    this.#ends = choice(
      "share-ends",
      [...within.map((end): [string, string] => [end.name, words.share.after(sayLength(end.count, end.unit))]), ["own", whole], ["at", words.share.atTime]],
      within.some((end) => end.name === USUAL) ? USUAL : "own",
    );
    this.#at = make("input", { id: "share-at", type: "datetime-local" });
    // In sight: it is to be told to somebody, and nobody can look it up later.
    this.#passphrase = make("input", { id: "share-passphrase", type: "text", maxlength: 1024, autocomplete: "off", autocapitalize: "none", spellcheck: "false", "aria-describedby": "share-passphrase-hint" });
    const idleMost = own.idleDays ?? Infinity;
    const idleOwn = own.idleDays === undefined ? words.share.idleAny : words.share.idleOwn(sayLength(own.idleDays, "day"));
    this.#idle = choice("share-idle", [["", idleOwn], ...IDLE_DAYS.filter((days) => days < idleMost).map((days): [string, string] => [`${days}d`, words.share.idleFor(sayLength(days, "day"))])], "");
    this.#uses = make("input", { id: "share-uses", type: "text", inputmode: "numeric", maxlength: 3, placeholder: words.share.usesAny, autocomplete: "off", "aria-describedby": "share-uses-hint" });
    this.#label = make("input", { id: "share-label", type: "text", maxlength: 200, autocomplete: "off", dir: "auto", "aria-describedby": "share-label-hint" });
    const at = field(words.share.endsAt, this.#at);
    at.hidden = true;
    this.#ends.addEventListener("change", () => {
      at.hidden = this.#ends.value !== "at";
      if (!at.hidden) this.#at.focus();
    });
    this.#more = make(
      "details",
      {},
      make("summary", {}, words.share.more),
      make(
        "div",
        { class: "share-fields" },
        field(words.share.uses, this.#uses, words.share.usesHint(MOST_BROWSERS)),
        field(words.share.idle, this.#idle),
        field(words.share.label, this.#label, words.share.labelHint),
      ),
    );
    this.element = make(
      "form",
      { novalidate: true },
      make("p", { class: "muted" }, own.rights === "edit" ? words.share.intro : words.share.introView),
      this.#alert,
      make(
        "div",
        { class: "share-fields" },
        field(words.share.may, this.#rights),
        field(words.share.ends, this.#ends),
        at,
        field(words.share.passphrase, this.#passphrase, own.passphrase ? words.share.passphraseOwn : words.share.passphraseHint(PASSPHRASE_CHARACTERS)),
      ),
      this.#more,
      make("div", { class: "actions" }, this.#submit, close),
    );
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#calm();
      submit();
    });
  }

  focus(): void {
    (this.#rights.options.length > 1 ? this.#rights : this.#ends).focus();
  }

  read(): Wish {
    return {
      rights: this.#rights.value === "edit" ? "edit" : "view",
      ends: this.#ends.value,
      at: this.#at.value,
      idle: this.#idle.value,
      uses: this.#uses.value.trim(),
      passphrase: this.#passphrase.value,
      label: this.#label.value,
    };
  }

  busy(busy: boolean): void {
    this.#submit.disabled = busy;
    this.element.ariaBusy = String(busy);
  }

  /** Says what is wrong, and goes to the field that it is about. */
  complain(text: string, about: string): void {
    this.#alert.textContent = text;
    this.#alert.hidden = false;
    const name = ABOUT[about];
    if (name === undefined) return this.#submit.focus();
    if (name === "uses" || name === "idle") this.#more.open = true;
    const wrong = { rights: this.#rights, ends: this.#ends, at: this.#at, passphrase: this.#passphrase, uses: this.#uses, idle: this.#idle }[name];
    wrong.setAttribute("aria-invalid", "true");
    wrong.focus();
  }

  #calm(): void {
    this.#alert.hidden = true;
    for (const wrong of this.element.querySelectorAll("[aria-invalid]")) wrong.removeAttribute("aria-invalid");
  }
}

function choice(id: string, choices: readonly (readonly [string, string])[], chosen: string): HTMLSelectElement {
  const options = choices.map(([value, text]) => make("option", { value, selected: value === chosen }, text));
  return make("select", { id }, ...options);
}

function field(name: string, input: HTMLElement, hint?: string): HTMLElement {
  const made = make("div", { class: "field" }, make("label", { for: input.id }, name), input);
  if (hint !== undefined) made.append(make("p", { id: `${input.id}-hint`, class: "hint" }, hint));
  return made;
}
