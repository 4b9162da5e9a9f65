// Die Texte der Seiten auf Deutsch.
// It must never show a key, a path, or what the server answered word for word.

import type { Encoding } from "../text/encoding.ts";
import { ENCODING_NAMES, sayBytes, sayLength, sayMoment, sayName, sayNumber, sayPlural } from "./say.ts";
import type { Advice, Allowed, Words } from "./words.ts";

const KEPT = "Ihr Text ist noch hier.";
const NEW_LINK = "Bitten Sie den, von dem Sie den Link haben, um einen neuen.";

function notSaved(status: number): Advice {
  switch (status) {
    case 0:
      return advice(`Der Server ist nicht zu erreichen. ${KEPT} Prüfen Sie die Verbindung und versuchen Sie es noch einmal.`, true);
    case 401:
    case 403:
      return advice(`Dieser Link darf die Datei nicht (mehr) ändern. ${KEPT} Laden Sie eine Kopie herunter. ${NEW_LINK}`, true);
    case 404:
      return advice(`Den Ordner dieser Datei gibt es nicht mehr. ${KEPT} Laden Sie eine Kopie herunter, oder versuchen Sie es wieder, wenn er zurück ist.`, true);
    case 413:
      return advice(`Der Text ist größer, als der Server annimmt. ${KEPT} Kürzen Sie ihn und versuchen Sie es noch einmal, oder laden Sie eine Kopie herunter.`, true);
    case 428:
      return advice(
        `Nichts wurde gespeichert, denn die Fassung der Datei ging unterwegs verloren (der Header ETag oder If-Match). ${KEPT} Laden Sie eine Kopie herunter und sagen Sie es dem Betreiber des Servers.`,
        false,
      );
    case 429:
      return advice(`Zu viele Anfragen. ${KEPT} Warten Sie eine Minute und versuchen Sie es noch einmal.`, true);
    case 503:
      return advice(`Der Server kann gerade nicht speichern. ${KEPT} Versuchen Sie es gleich noch einmal.`, true);
    case 507:
      return advice(`Die Festplatte des Servers ist voll, darum wurde nichts gespeichert. ${KEPT} Laden Sie eine Kopie herunter und versuchen Sie es wieder, wenn Platz ist.`, true);
    default:
      return advice(`Der Server konnte nicht speichern (Antwort ${status}). ${KEPT} Versuchen Sie es noch einmal, oder laden Sie eine Kopie herunter.`, true);
  }
}

function notOpened(status: number): Advice {
  switch (status) {
    case 0:
      return advice("Der Server ist nicht zu erreichen. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.", true);
    case 401:
    case 403:
      return advice(`Dieser Link öffnet nichts (mehr). ${NEW_LINK}`, false);
    case 404:
      return advice("Diese Datei gibt es im Augenblick nicht. Sobald sie angelegt ist, zeigt sie dieser Link.", true);
    case 428:
      return advice(
        "Die Fassung der Datei ging unterwegs verloren (der Header ETag), sodass sie später nicht gespeichert werden könnte. Sagen Sie es dem Betreiber des Servers.",
        true,
      );
    case 429:
      return advice("Zu viele Anfragen. Warten Sie eine Minute und versuchen Sie es noch einmal.", true);
    case 503:
      return advice("Der Server kann gerade keine Dateien lesen. Versuchen Sie es gleich noch einmal.", true);
    default:
      return advice(`Der Server konnte die Datei nicht lesen (Antwort ${status}). Versuchen Sie es gleich noch einmal.`, true);
  }
}

function stopped(why: "dead" | "view", left: "nothing" | "saved" | "kept" | "here"): string {
  const what =
    why === "dead"
      ? "Dieser Link wurde widerrufen oder ist abgelaufen."
      : "Mit diesem Link lässt sich die Datei jetzt nur noch ansehen.";
  switch (left) {
    case "nothing":
      return `${what} ${NEW_LINK}`;
    case "saved":
      return `${what} Alles, was Sie geschrieben haben, war vorher gespeichert. ${NEW_LINK}`;
    case "kept":
      return `${what} Was Sie geschrieben haben, ist nicht gespeichert. Es ist in diesem Browser aufgehoben und wird wieder angeboten, wenn hier ein Link zu dieser Datei aufgeht. Laden Sie zur Sicherheit eine Kopie herunter. ${NEW_LINK}`;
    case "here":
      return `${what} Was Sie geschrieben haben, ist nicht gespeichert, und dieser Browser konnte es nicht aufheben: Laden Sie eine Kopie herunter, bevor Sie dieses Fenster schließen. ${NEW_LINK}`;
  }
}

function tooLarge(sizeBytes: number, limitBytes: number): Advice {
  const sizes = `Er hat ${sayNumber(sizeBytes)} Bytes, und ${sayNumber(limitBytes)} sind erlaubt.`;
  return advice(`Der Text ist größer, als der Server annimmt. ${sizes} ${KEPT} Kürzen Sie ihn, oder laden Sie eine Kopie herunter.`, false);
}

function allows(link: Allowed): string {
  const may = link.rights === "edit" ? "ansehen und ändern" : "ansehen";
  const until = link.expires === undefined ? "bis Sie ihn widerrufen" : `bis ${sayMoment(link.expires)}`;
  const sentences = [`Wer diesen Link hat, darf ${sayName(link.name)} ${may}, ${until}.`];
  if (link.uses !== undefined) {
    sentences.push(sayPlural(link.uses, { one: "Er öffnet sich nur in einem Browser: Der erste, der ihn öffnet, behält ihn.", other: "Er öffnet sich in # Browsern und in keinem anderen." }));
  }
  if (link.passphrase) sentences.push("Er fragt nach der Passphrase.");
  if (link.idleDays !== undefined) sentences.push(`Er endet früher, wenn ihn niemand nutzt, und zwar nach: ${sayLength(link.idleDays, "day")}.`);
  return sentences.join(" ");
}

export const de: Words = {
  language: { name: "Deutsch", direction: "ltr" },
  state: {
    loading: "Lädt…",
    unreadable: "Nicht geladen",
    view: "Nur ansehen",
    new: "Neue Datei, noch nicht gespeichert",
    saved: "Gespeichert",
    unsaved: "Nicht gespeicherte Änderungen",
    saving: "Speichert…",
    failed: "Nicht gespeichert",
    ended: "Link beendet",
    large: "Zu groß zum Öffnen",
    binary: "Kein Text",
    picture: "Bild",
  },
  why: { notSaved, notOpened, stopped, tooLarge },
  text: {
    of: (name) => `Text von ${sayName(name)}`,
    place: (line, column) => `Zeile ${line}, Spalte ${column}`,
    tooLarge: "Diese Datei ist größer, als der Server zurücknimmt. Sie wird nur zum Lesen gezeigt.",
    editorMissing: "Der Editor konnte nicht vom Server geholt werden. Prüfen Sie die Verbindung und laden Sie diese Seite neu.",
    plain: "Nur Text",
    uncoloured: (language) => `${language}, ohne Farben: zu tief verschachtelt`,
    key: "Schlüssel",
    keyMeans: "Kennung des Schlüssels: benennt diesen Link, ohne etwas zu öffnen",
    leave: "Mit Escape, dann Tab, verlassen Sie den Text.",
  },
  draft: {
    back: (when) => `Was Sie hier bis ${when} geschrieben haben, wurde nie gespeichert. Es ist wieder da und noch nicht gespeichert.`,
    merged: (when) => `Was Sie hier bis ${when} geschrieben haben, wurde nie gespeichert. Die Datei hat sich seitdem geändert und enthält jetzt beides: Sehen Sie sie durch und speichern Sie sie dann.`,
    offered: (when) => `Dieser Browser hat einen Text dieser Datei aufgehoben, der nie gespeichert wurde, vom ${when}.`,
    here: (when) => `Dieser Browser hebt einen Text dieser Datei auf, der nie gespeichert wurde, vom ${when}.`,
    putIn: "Einsetzen",
    download: "Herunterladen",
    throwAway: "Verwerfen",
    kept: "In diesem Browser aufgehoben",
    about: "Was Sie schreiben, wird in diesem Browser aufgehoben, bis es gespeichert ist, und kommt wieder, wenn das Fenster geschlossen wird oder der Browser abstürzt. Sobald es gespeichert ist, wird es vergessen.",
    forget: "Auf diesem Gerät vergessen",
    forgetAll: "Die ungespeicherten Texte aller Dateien vergessen",
    goOn: "Weiter aufheben",
    forgotten: "Von dieser Datei ist jetzt nichts mehr in diesem Browser aufgehoben. Bis diese Seite neu geladen wird, steht, was Sie schreiben, nur in diesem Fenster: Speichern Sie es oder laden Sie eine Kopie herunter, bevor Sie es schließen.",
    notForgotten: "Dieser Browser konnte es nicht vergessen. Schließen Sie die anderen Fenster von editkey und versuchen Sie es noch einmal, oder löschen Sie die Daten dieser Website in den Einstellungen des Browsers.",
    lost: "Dieser Browser hebt nichts von dem auf, was Sie hier schreiben (ein privates Fenster, oder kein Platz), bis es gespeichert ist: Was nicht gespeichert ist, geht mit diesem Fenster verloren.",
    offline: "Ohne Verbindung",
    also: (others) => sayPlural(others, { one: "Auch in einem anderen Tab geöffnet", other: "Auch in # anderen Tabs geöffnet" }),
  },
  again: {
    in: (seconds) => `Nächster Versuch in ${sayNumber(seconds)} s.`,
    online: "Sobald Sie wieder online sind, wird es noch einmal versucht.",
    now: "Jetzt versuchen",
  },
  autosave: {
    off: "Nur speichern, wenn ich es sage",
    pause: "Von selbst speichern, wenn das Tippen ruht",
    blur: "Von selbst speichern, wenn ich das Fenster verlasse",
  },
  merge: {
    changedElsewhere: "wurde anderswo geändert",
    deletedElsewhere: "wurde anderswo gelöscht",
    changed: "Die Datei wurde auch anderswo an Stellen geändert, die Sie geändert haben. Nichts ist überschrieben: Wählen Sie an jeder Stelle, oder schreiben Sie dort, was gelten soll. Alles andere ist schon zusammengeführt.",
    unlike: "Jemand hat diese Datei inzwischen geändert, auch ihre Zeichenkodierung oder ihre Zeilenenden, oder sie ist kein Text mehr: Beides lässt sich nicht zusammenführen. Nichts wurde überschrieben: Beide sind noch da.",
    deleted: "Diese Datei wurde gelöscht, während Sie daran schrieben. Ihr Text ist noch hier.",
    makeAgain: "Wieder anlegen",
    keepMine: "Meinen behalten",
    keepAllMine: "Überall meinen behalten",
    takeTheirs: "Den anderen nehmen",
    takeAllTheirs: "Überall den anderen nehmen",
    theirsLegend: "Der andere",
    mineLegend: "Meiner",
    saveDecided: "So speichern, wie entschieden",
    downloadMine: "Meinen herunterladen",
    later: "Später entscheiden",
    places: (left) => (left === 0 ? "Jede Stelle ist entschieden." : sayPlural(left, { one: "Noch # Stelle zu entscheiden", other: "Noch # Stellen zu entscheiden" })),
    both: "Der andere, durchgestrichen, und meiner",
    notFetched: "Der Vergleich konnte nicht vom Server geholt werden. Entscheiden Sie ohne ihn, oder später.",
    undecided: "Die Datei wurde anderswo geändert, darum ist Ihr Text nicht gespeichert. Er ist noch hier.",
    decide: "Entscheiden",
    merged: (places) => sayPlural(places, { one: "# Änderung von anderswo wurde mit Ihrem Text zusammengeführt.", other: "# Änderungen von anderswo wurden mit Ihrem Text zusammengeführt." }),
    mergedAndSaved: (places) => sayPlural(places, { one: "# Änderung von anderswo wurde mit Ihrem Text zusammengeführt und gespeichert.", other: "# Änderungen von anderswo wurden mit Ihrem Text zusammengeführt und gespeichert." }),
    show: "Zeigen",
    takeOut: "Zurücknehmen",
    takenOut: "Die Änderungen von anderswo sind wieder aus Ihrem Text heraus. Wenn Sie ihn speichern, verschwinden sie auch aus der Datei.",
    close: "Schließen",
    conflict: "Diese Datei wurde anderswo geändert, an Stellen, die auch Sie geändert haben. Ihr Text ist noch hier.",
    unlikeYours: "Diese Datei wurde anderswo so geändert, dass sie sich mit Ihrem Text nicht zusammenführen lässt. Ihr Text ist noch hier.",
    otherKind: "Diese Datei wurde anderswo geändert, auch ihre Zeichenkodierung oder ihre Zeilenenden. So ist sie jetzt.",
    gone: "Diese Datei wurde anderswo gelöscht, oder sie lässt sich nicht mehr öffnen. Der Text ist noch hier.",
    tooLarge: "Diese Datei wurde anderswo geändert und ist größer, als der Server zurücknimmt. Ihr Text ist noch hier: Laden Sie eine Kopie herunter.",
    restless: "Die Datei wird anderswo ständig geändert, darum ist Ihr Text noch nicht gespeichert. Er ist noch hier.",
    others: (count) => sayPlural(count, { one: "# andere Person hat sie geöffnet", other: "# andere haben sie geöffnet" }),
  },
  start: {
    viewOnly: "nur ansehen",
    more: "Mehr zeigen",
    searching: "Sucht…",
    all: (count) => sayPlural(count, { one: "# Eintrag.", other: "# Einträge." }),
    first: (count) => `Die ersten ${sayNumber(count)} Einträge.`,
    found: (count) => (count === 0 ? "Nichts gefunden." : `${sayNumber(count)} gefunden.`),
    matches: "Es gibt mehr: Geben Sie mehr vom Namen ein.",
    entries: "Hier gibt es mehr Namen, als durchgesehen werden.",
    time: "Die Suche hat zu lange gedauert und früher aufgehört: Öffnen Sie einen Ordner, um weniger zu durchsuchen.",
    unlisted: (status) => {
      if (status === 0) return "Der Server war nicht zu erreichen. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.";
      if (status === 401 || status === 403) return "Dieser Ordner lässt sich nicht (mehr) öffnen.";
      if (status === 429) return "Zu viele Anfragen. Warten Sie ein paar Sekunden und versuchen Sie es noch einmal.";
      return `Der Server konnte das nicht auflisten (Antwort ${status}). Versuchen Sie es gleich noch einmal.`;
    },
    wrong: {
      dots: "Ein Name besteht nicht nur aus Punkten.",
      slash: "Ein Name hat keinen Schrägstrich, auch keinen umgekehrten.",
      control: "Ein Name hat keine Steuerzeichen.",
      escaped: "Ein Name hat kein %2F, %2E, %5C, %00 oder %25: Andere Programme würden es als etwas anderes lesen.",
      long: "Ein Name hat höchstens 255 Bytes.",
    },
  },
  preview: {
    deep: "Dieser Text ist für eine Vorschau zu tief verschachtelt. Der Text selbst ist unversehrt.",
    name: "Vorschau",
    show: "Vorschau zeigen",
    hide: "Vorschau ausblenden",
    of: (name) => `Vorschau von ${sayName(name)}`,
    loading: "Die Vorschau kommt gleich…",
    large: (size) => `Dieser Text hat ${size}. Eine Vorschau wird gemacht, wenn Sie es sagen.`,
    make: "Vorschau machen",
    again: "Noch einmal versuchen",
    slow: "Die Vorschau hat zu lange gedauert und wurde aufgegeben. Dem Text selbst ist nichts geschehen.",
    failed: "Von diesem Text gibt es keine Vorschau. Dem Text selbst ist nichts geschehen.",
    missing: "Die Vorschau konnte nicht vom Server geholt werden. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.",
    nowhere: "Dieser Link führt zu einer anderen Datei; eine Vorschau folgt ihm nicht.",
    notFound: "Diese Stelle gibt es in diesem Text nicht.",
    elsewhere: (alt) => `Bild von anderswo, nicht geladen${alt === "" ? "" : `: ${alt}`}`,
    leftOut: (alt) => `Bild wird nicht gezeigt${alt === "" ? "" : `: ${alt}`}`,
    rows: (rows) => `Die ersten ${sayNumber(rows)} Zeilen werden gezeigt; es gibt mehr.`,
    columns: (columns) => `Die ersten ${sayNumber(columns)} Spalten werden gezeigt; es gibt mehr.`,
    empty: "Es gibt nichts zu zeigen.",
    actual: "Wirkliche Größe",
    fit: "Einpassen",
    picture: (name, width, height) => `${sayName(name)}, ${sayNumber(width)} × ${sayNumber(height)} Pixel`,
    notPicture: "Das ist kein Bild, das Browser zeigen.",
    kilobytes: (count) => `${sayNumber(count)} kB`,
  },
  tools: {
    save: "Speichern",
    download: "Kopie herunterladen",
    again: "Noch einmal versuchen",
    close: "Schließen",
    cancel: "Abbrechen",
    commands: "Befehle",
    typeCommand: "Befehl suchen",
    noCommand: "Einen Befehl dieses Namens gibt es gerade nicht.",
    groups: { file: "Datei", edit: "Bearbeiten", view: "Ansicht", share: "Teilen", help: "Hilfe" },
    inText: "Im Text",
    keyNames: { control: "Strg", shift: "Umschalt" },
    textKeys: [
      { name: "Den Text verlassen", keys: ["Escape Tab"] },
      { name: "Noch eine Schreibmarke", keys: ["$mod+Klick"] },
      { name: "Einen Block auswählen", keys: ["Alt+Ziehen"] },
      { name: "Wieder nur eine Schreibmarke", keys: ["Escape"] },
    ],
    counts: ({ words, characters }, selected) => [
      sayPlural(words, { one: "# Wort", other: "# Wörter" }),
      `, ${sayNumber(characters)} Zeichen${selected ? " ausgewählt" : ""}`,
    ],
    size: (bytes) => sayBytes(bytes, (count) => sayPlural(count, { one: "# Byte", other: "# Bytes" })),
    lineInAddress: (hash) => `Die Adresse dieser Seite endet jetzt mit ${hash}: Wer sie oder ein Lesezeichen davon hat, kommt an diese Stelle. Wie jedes Lesezeichen dieser Seite öffnet sie die Datei.`,
    revert: "Meine Änderungen verwerfen",
    revertSure: "Der Text wird so, wie er zuletzt gespeichert wurde. „Rückgängig“ holt Ihre Änderungen zurück.",
    quit: "Schließen Sie dieses Fenster oder diesen Tab wie jeden anderen (Strg+W, ⌘W).",
    quitUnsaved: "Was Sie geschrieben haben, ist noch nicht gespeichert: „:w“ speichert es, „:wq“ speichert es zuerst. Schließen Sie dann dieses Fenster oder diesen Tab wie jeden anderen (Strg+W, ⌘W).",
  },
  commands: {
    palette: "Befehle",
    options: "Einstellungen",
    help: "Tastenkürzel",
    revert: "Zurück zum gespeicherten Text",
    print: "Drucken",
    encoding: "Zeichenkodierung",
    lineEnds: "Zeilenenden",
    replaceFile: "Durch eine andere Datei ersetzen",
    linkToLines: "Diese Zeile in die Adresse setzen",
    undo: "Rückgängig",
    redo: "Wiederholen",
    find: "Suchen und ersetzen",
    findNext: "Weitersuchen",
    findPrevious: "Rückwärts weitersuchen",
    gotoLine: "Gehe zu Zeile",
    selectAll: "Alles auswählen",
    selectNext: "Das nächste Vorkommen dazu auswählen",
    selectMatches: "Alle Vorkommen auswählen",
    cursorAbove: "Noch eine Schreibmarke darüber",
    cursorBelow: "Noch eine Schreibmarke darunter",
    matchingBracket: "Zur zugehörigen Klammer",
    comment: "Aus- oder einkommentieren",
    indent: "Einrücken",
    outdent: "Weniger einrücken",
    lineUp: "Zeile nach oben",
    lineDown: "Zeile nach unten",
    copyLine: "Zeile nach unten kopieren",
    deleteLine: "Zeile löschen",
    fold: "Hier einklappen",
    unfold: "Hier ausklappen",
    foldAll: "Alles einklappen",
    unfoldAll: "Alles ausklappen",
    wrap: "Lange Zeilen umbrechen oder nicht",
    spelling: "Rechtschreibung prüfen oder nicht",
    larger: "Größere Schrift",
    smaller: "Kleinere Schrift",
    vim: "Tasten wie in Vim oder übliche",
  },
  options: {
    names: {
      autosave: "Von selbst speichern",
      wrap: "Lange Zeilen umbrechen",
      spelling: "Rechtschreibung prüfen",
      keymap: "Tasten",
      fontSize: "Schriftgröße",
      tabSize: "Einzüge und Tabulatoren",
      preview: "Vorschau",
    },
    choices: {
      autosave: { off: "Nein", pause: "Nach einer Pause", blur: "Beim Verlassen des Textes" },
      wrap: { on: "Ja", off: "Nein" },
      spelling: { off: "Nein", on: "Ja" },
      keymap: { plain: "Üblich", vim: "Wie in Vim" },
      fontSize: { default: "Wie sonst", "12": "12 px", "14": "14 px", "16": "16 px", "18": "18 px", "20": "20 px", "24": "24 px", "28": "28 px" },
      tabSize: { file: "Wie in der Datei", "2": "2 Spalten", "4": "4 Spalten", "8": "8 Spalten" },
      preview: { off: "Ausgeblendet", on: "Gezeigt" },
    },
    kept: "In diesem Browser aufgehoben, für alle Dateien.",
  },
  encoding: {
    short: (encoding, bom) => `${encodingName(encoding)}${bom && encoding === "utf-8" ? " mit BOM" : ""}`,
    long: (encoding) => {
      const script = SCRIPTS[encoding];
      return script === undefined ? encodingName(encoding) : `${script} (${encodingName(encoding)})`;
    },
    ends: {
      "\n": { short: "LF", long: "LF (Linux, macOS)" },
      "\r\n": { short: "CRLF", long: "CRLF (Windows)" },
      "\r": { short: "CR", long: "CR (alte Macs)" },
      mixed: { short: "Gemischte Zeilenenden", long: "Gemischt" },
    },
    endsNow: (ends) => `Die Zeilen enden mit ${ends}.`,
    mixed: "Die Zeilen enden verschieden; jede bleibt, wie sie ist, bis Sie für alle dasselbe wählen. „Rückgängig“ reicht nicht dahinter zurück.",
    readAs: "Die Datei lesen als",
    sample: "So sieht der Text dann aus",
    read: "So lesen",
    readAnyway: "Neu lesen",
    lost: "Ihre Änderungen sind nicht gespeichert: Sie gehen verloren, wenn die Datei neu gelesen wird.",
    unreadable: "Die Datei ist kein Text in dieser Zeichenkodierung.",
    writeAs: "Die Datei speichern als",
    mark: "Mit Byte-Reihenfolge-Marke (BOM)",
    convert: "Umwandeln",
    convertUtf8: "In UTF-8 umwandeln und bearbeiten",
    another: "Andere Zeichenkodierung…",
    asLatin: "Als Westeuropäisch (windows-1252) bearbeiten",
    unknown: "Dieser Text ist weder UTF-8 noch UTF-16. Er wird als windows-1252 gezeigt, nur zum Lesen. Wählen Sie die Zeichenkodierung, mit der er richtig aussieht, dann lässt er sich bearbeiten.",
    readOnly: (encoding) => `Texte in ${encoding} lassen sich hier lesen, und bearbeiten, sobald sie umgewandelt sind.`,
    unfit: (character, line, encoding) => `${encoding} hat kein „${character}“ (Zeile ${line}).`,
    unfitSaved: (character, line, encoding) => `Nicht gespeichert: Diese Datei ist ${encoding}, und darin gibt es kein „${character}“ (Zeile ${line}). ${KEPT} Speichern Sie ihn als UTF-8, oder nehmen Sie das Zeichen heraus.`,
    saveUtf8: "Als UTF-8 speichern",
    showIt: "Zeigen",
  },
  instead: {
    large: "Diese Datei ist groß",
    binary: "Diese Datei ist kein Text",
    why: { large: "Von selbst gehen Texte bis 10 MB auf.", binary: "Sie lässt sich herunterladen und durch eine andere ersetzen." },
    lookLarge: "Den Anfang ansehen",
    lookBinary: "Als Text ansehen",
    editAnyway: "Trotzdem bearbeiten",
    beginning: (size) => `Die ersten ${size}`,
    coming: (size) => `Wird heruntergeladen: bisher ${size}`,
    going: (percent) => `Wird hochgeladen: ${sayNumber(percent)} %`,
    tooLarge: (size, limit) => `Jene Datei hat ${size}, und der Server nimmt höchstens ${limit}. Nichts wurde geändert.`,
    sure: (name, by, size) => `${sayName(name)} wird zu dem, was in ${sayName(by)} (${size}) steht. Was jetzt darin steht, ist dann fort, wenn niemand eine Kopie hat.`,
    unsavedLost: "Auch was Sie geschrieben und nicht gespeichert haben, wird verworfen.",
    replace: "Ersetzen",
    changed: "Die Datei wurde inzwischen geändert, darum wurde nichts ersetzt. Sehen Sie sie zuerst noch einmal an.",
    lookAgain: "Noch einmal ansehen",
  },
  share: {
    command: "Teilen…",
    button: "Teilen",
    title: "Diese Datei teilen",
    asking: "Einen Moment…",
    notFetched: "Das Teilen konnte nicht vom Server geholt werden. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.",
    intro: "Macht einen eigenen Link zu dieser Datei, der nicht mehr erlaubt als Ihrer. Er endet spätestens mit Ihrem und lässt sich für sich allein widerrufen.",
    introView: "Macht einen eigenen Link zu dieser Datei, mit dem man sie ansehen kann wie Sie. Er endet spätestens mit Ihrem und lässt sich für sich allein widerrufen.",
    may: "Wer ihn hat, darf",
    rights: { view: "die Datei ansehen", edit: "die Datei ansehen und ändern" },
    ends: "Er endet",
    after: (length) => `nach Ablauf von: ${length}`,
    asLong: (end) => `mit Ihrem Link, am ${end}`,
    forever: "wenn er widerrufen wird",
    atTime: "zu einer Zeit Ihrer Wahl…",
    endsAt: "Er endet am",
    passphrase: "Passphrase",
    passphraseHint: (characters) => `Wenn Sie möchten: mindestens ${characters} Zeichen. Teilen Sie sie auf anderem Weg mit als den Link.`,
    passphraseOwn: "Leer: die Passphrase Ihres eigenen Links. Teilen Sie sie auf anderem Weg mit als den Link.",
    more: "Weitere Grenzen und eine Notiz",
    uses: "Browser, die ihn nutzen dürfen",
    usesAny: "beliebig viele",
    usesHint: (most) => `1 macht einen Link für eine Person: Der erste Browser behält ihn. Höchstens ${most}.`,
    idle: "Er endet, wenn er ungenutzt bleibt",
    idleAny: "egal wie lange: nie",
    idleOwn: (length) => `so lange wie Ihrer: ${length}`,
    idleFor: (length) => `so lange: ${length}`,
    label: "Notiz",
    labelHint: "Für wen er ist, etwa „für Anna“. Zu sehen für alle, die die Links verwalten.",
    make: "Link machen",
    another: "Noch einen machen",
    close: "Schließen",
    link: "Der Link",
    once: "Er wird gezeigt, bis Sie diesen Dialog schließen, und danach nicht wieder.",
    copy: "Kopieren",
    copied: "Kopiert.",
    copyByHand: "Der Link ist ausgewählt: Kopieren Sie ihn mit Strg+C.",
    system: "Senden…",
    qr: "Der Link als QR-Code",
    scan: "Für eine Kamera",
    allows,
    madeHere: "Links, die Sie hier gemacht haben",
    madeHereHint: "Nur dieses Fenster merkt sie sich. Wird es geschlossen, gelten sie weiter.",
    named: (rights) => (rights === "view" ? "Ein Link zum Ansehen" : "Ein Link zum Ändern"),
    until: (end) => `bis ${end}`,
    noEnd: "bis er widerrufen wird",
    revoke: "Widerrufen",
    revokeNamed: (name) => `Widerrufen: ${sayName(name)}`,
    revoked: (name) => `Widerrufen: ${sayName(name)} öffnet nichts mehr.`,
    fault: {
      noTime: "Sagen Sie, an welchem Tag und um welche Zeit der Link enden soll.",
      past: "Diese Zeit ist vorbei: Der Link würde nie etwas öffnen.",
      late: "Ihr eigener Link endet vorher. Wählen Sie eine frühere Zeit.",
      short: "Eine Passphrase hat mindestens 8 Zeichen.",
      uses: "1 bis 100 Browser dürfen einen Link nutzen. Leer heißt: beliebig viele.",
    },
    refused: {
      unreachable: "Der Server ist nicht zu erreichen. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.",
      dead: `Ihr eigener Link öffnet nichts mehr, darum lässt sich auch kein anderer daraus machen. ${NEW_LINK}`,
      many: "Aus Ihrem Link sind so viele Links gemacht, wie es sein dürfen. Widerrufen Sie einen, den niemand braucht, und versuchen Sie es noch einmal.",
      deep: "Ihr Link wurde selbst aus einem anderen gemacht, und dieser auch: Unter ihm lässt sich keiner mehr machen. Bitten Sie den, von dem Sie ihn haben, um einen Link zum Weitergeben.",
      claimed: "Ihr Link gilt nur für bestimmte Browser, und dieser ist einer davon: Daraus lässt sich kein anderer machen. Fragen Sie den, von dem Sie ihn haben.",
      bound: "Ihr Link gilt auf diesem Server nur für Sie: Ein Link daraus würde sich für niemand anderen öffnen. Fragen Sie die Verwaltung.",
      wantsPassphrase: "Auf diesem Server hat jeder Link eine Passphrase. Geben Sie auch diesem eine.",
      rights: "Mit Ihrem Link lässt sich die Datei jetzt nur noch ansehen, darum kann er anderen nicht erlauben, sie zu ändern.",
      life: "Das ist länger, als Ihr Link gilt oder als dieser Server Links gelten lässt. Wählen Sie ein früheres Ende.",
      idle: "Ihr Link endet ungenutzt schon früher. Wählen Sie weniger Tage.",
      uses: "1 bis 100 Browser dürfen einen Link nutzen. Leer heißt: beliebig viele.",
      often: "Zu viele Links in kurzer Zeit. Warten Sie eine Minute und versuchen Sie es noch einmal.",
      later: "Der Server kann das gerade nicht. Versuchen Sie es gleich noch einmal.",
      other: "Der Server hat diesen Link nicht gemacht. Ändern Sie, was er darf, und versuchen Sie es noch einmal.",
    },
  },
  phrases: {
    "Control character": "Steuerzeichen",
    "Selection deleted": "Auswahl gelöscht",
    "Fold line": "Einklappen",
    "Unfold line": "Ausklappen",
    "folded code": "Eingeklappter Text",
    unfold: "Ausklappen",
    Find: "Suchen",
    Replace: "Ersetzen durch",
    next: "Weiter",
    previous: "Zurück",
    all: "Alle auswählen",
    "match case": "Groß/klein beachten",
    regexp: "Regulärer Ausdruck",
    "by word": "Ganze Wörter",
    replace: "Ersetzen",
    "replace all": "Alle ersetzen",
    close: "Schließen",
    "current match": "Aktueller Treffer",
    "on line": "in Zeile",
    "replaced match on line $": "Treffer in Zeile $ ersetzt",
    "replaced $ matches": "$ Treffer ersetzt",
    "Go to line": "Gehe zu Zeile",
    go: "Gehen",
    Completions: "Vorschläge",
    "$ unchanged lines": "$ unveränderte Zeilen",
    Accept: "Annehmen",
    Reject: "Ablehnen",
    "Revert this chunk": "Diese Stelle zurücknehmen",
    to: "bis",
    "Folded lines": "Eingeklappte Zeilen",
    "Unfolded lines": "Ausgeklappte Zeilen",
  },
};

/** Which script each is for; the others need no such word. */
const SCRIPTS: Partial<Record<Encoding, string>> = {
  "windows-1252": "Westeuropäisch",
  "iso-8859-15": "Westeuropäisch mit €",
  "iso-8859-2": "Mitteleuropäisch",
  "windows-1250": "Mitteleuropäisch",
  "iso-8859-3": "Südeuropäisch",
  "iso-8859-4": "Nordeuropäisch",
  "iso-8859-5": "Kyrillisch",
  "windows-1251": "Kyrillisch",
  "koi8-r": "Kyrillisch, Russisch",
  "koi8-u": "Kyrillisch, Ukrainisch",
  ibm866: "Kyrillisch, DOS",
  "x-mac-cyrillic": "Kyrillisch",
  "iso-8859-6": "Arabisch",
  "windows-1256": "Arabisch",
  "iso-8859-7": "Griechisch",
  "windows-1253": "Griechisch",
  "iso-8859-8": "Hebräisch",
  "windows-1255": "Hebräisch",
  "windows-1254": "Türkisch",
  "iso-8859-10": "Nordisch",
  "iso-8859-13": "Baltisch",
  "windows-1257": "Baltisch",
  "iso-8859-14": "Keltisch",
  "iso-8859-16": "Rumänisch",
  "windows-874": "Thailändisch",
  "windows-1258": "Vietnamesisch",
  macintosh: "Westeuropäisch",
  shift_jis: "Japanisch",
  "euc-jp": "Japanisch",
  "iso-2022-jp": "Japanisch",
  gb18030: "Chinesisch, vereinfacht",
  gbk: "Chinesisch, vereinfacht",
  big5: "Chinesisch, traditionell",
  "euc-kr": "Koreanisch",
};

/** Encodings have the same name in every language. */
function encodingName(encoding: Encoding): string {
  return encoding === "binary" ? "Kein Text" : ENCODING_NAMES[encoding];
}

function advice(text: string, again: boolean): Advice {
  return { text, again };
}
