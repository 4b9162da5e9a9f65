// What a script adds to the pages that manage keys: copying, choosing all, counting, and times as a person says them.
// It must never be needed for anything, never send anything, never keep a bookmark, and never hold a text: the page has those.

const MINUTE_S = 60;
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 365 * 24 * 60 * MINUTE_S],
  ["month", 30 * 24 * 60 * MINUTE_S],
  ["day", 24 * 60 * MINUTE_S],
  ["hour", 60 * MINUTE_S],
  ["minute", MINUTE_S],
];

const language = document.documentElement.lang;
const justNow = document.getElementById("main")?.dataset["justNow"] ?? "";

for (const time of document.querySelectorAll("time")) sayTime(time);
const chosen = document.getElementById("chosen");
if (chosen instanceof HTMLFormElement) offerAll(chosen);
const copy = document.getElementById("copy");
const bookmark = document.getElementById("bookmark");
if (copy instanceof HTMLButtonElement && bookmark instanceof HTMLInputElement) offerCopy(copy, bookmark);

/** The time as a distance from now; the whole of it is told where the pointer rests. */
function sayTime(time: HTMLTimeElement): void {
  const day = time.dateTime.length === 10;
  const moment = Date.parse(time.dateTime);
  if (Number.isNaN(moment)) return;
  time.title = time.dateTime;
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  if (day) {
    const days = Math.round((moment - Date.parse(new Date().toISOString().slice(0, 10))) / 86_400_000);
    if (Math.abs(days) < 30) {
      time.textContent = words.format(days, "day");
      return;
    }
  }
  const seconds = (moment - Date.now()) / 1000;
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["minute", MINUTE_S];
  time.textContent = Math.abs(seconds) < MINUTE_S ? justNow : words.format(Math.round(seconds / length), unit);
}

function offerAll(form: HTMLFormElement): void {
  const all = document.getElementById("all");
  const count = document.getElementById("count");
  const revoke = document.getElementById("revoke-chosen");
  const boxes = [...form.querySelectorAll<HTMLInputElement>('input[name="id"]')];
  if (!(all instanceof HTMLInputElement) || count === null || !(revoke instanceof HTMLButtonElement)) return;
  const label = all.closest("label");
  if (label !== null) label.hidden = false;
  const show = (): void => {
    const checked = boxes.filter((box) => box.checked).length;
    all.checked = checked === boxes.length;
    all.indeterminate = checked > 0 && checked < boxes.length;
    count.textContent = checked === 0 ? "" : (count.dataset["chosen"] ?? "#").replace("#", `${checked}`);
    revoke.disabled = checked === 0;
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  form.addEventListener("change", show);
  // A page that the browser brings back has its boxes as they were.
  addEventListener("pageshow", show);
  show();
}

function offerCopy(button: HTMLButtonElement, text: HTMLInputElement): void {
  const told = document.getElementById("copied");
  button.hidden = false;
  button.addEventListener("click", () => {
    text.select();
    // Without https a browser has no clipboard for pages: the text is chosen, and Ctrl+C takes it.
    const copied = navigator.clipboard?.writeText(text.value) ?? Promise.reject(new Error("no clipboard"));
    copied.then(
      () => tell(told?.dataset["copied"]),
      () => tell(told?.dataset["byHand"]),
    );
  });
  function tell(what: string | undefined): void {
    if (told !== null) told.textContent = what ?? "";
  }
}
