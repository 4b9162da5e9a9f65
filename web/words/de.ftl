# Die Texte der Seiten, die der Server macht, auf Deutsch.

## On every page

all-files-in = Alle Dateien in { $name }
all-keys = Alle Schlüssel
just-now = gerade eben
keys = { $count ->
    [one] 1 Schlüssel
   *[other] { $count } Schlüssel
}
new-key = Neuer Schlüssel
open = Öffnen
pages = Seiten
passphrase = Passphrase
prune = Aufräumen
search = Suchen
sign-in = Anmelden
sign-out = Abmelden
signed-in-as = Angemeldet als { $name }
skip = Zum Inhalt springen
too-many-tries = Zu viele Versuche. Warten Sie { $secs } s und versuchen Sie es dann noch einmal.
visitors = Besucher
your-files = Ihre Dateien
your-keys = Ihre Schlüssel

## Signing in

login-name = Name
login-password = Passwort
login-wrong = Der Name oder das Passwort ist falsch.
signed-in = Angemeldet
signed-in-everywhere = Überall abmelden
signed-in-hint = „Überall abmelden“ beendet Ihre Sitzungen in allen Browsern. Links, die Sie gemacht haben, gelten weiter.

## What stands before a file or a folder

open-it = { $name } öffnen
open-question = { $name } öffnen?

unlock-question = Diesen Link öffnen?
unlock-old = Diese Seite war zu alt. Versuchen Sie es noch einmal.
unlock-wrong = Das ist nicht die Passphrase dieses Links.
unlock-passphrase = Er ist durch eine Passphrase geschützt. Fragen Sie den danach, von dem Sie den Link haben.
unlock-claim = Er wird diesem Browser gehören und öffnet sich danach vielleicht in keinem anderen. Öffnen Sie ihn dort, wo Sie ihn weiter benutzen wollen.

mint-other-site = Eine andere Website hat Sie hierher geschickt.
mint-why = Für Sie wird ein neuer Link { $scope ->
    [directory] zu diesem Ordner und allem darin
   *[file] zu dieser Datei
} gemacht.
mint-passphrase = Eine Passphrase für den neuen Link
mint-passphrase-hint = Mindestens 8 Zeichen. Wer den Link benutzen soll, braucht sie auch; niemand kann sie später nachsehen.

enter-what = Mit diesem Link lassen sich in diesem Browser { $scope ->
    [directory] alle Dateien dieses Ordners
   *[file] diese Datei
} auf { $host } { $rights ->
    [edit] ansehen und ändern
   *[view] ansehen
}, bis der Link endet oder widerrufen wird.

editor-script = Der Editor braucht JavaScript, und das ist hier abgeschaltet.

directory-what = Mit diesem Link lassen sich alle Dateien in diesem Ordner und in den Ordnern darunter { $rights ->
    [edit] ansehen und ändern
   *[view] ansehen
}.
directory-ends = Er endet am { $end }.
directory-endless = Er hat kein Ende; wer ihn Ihnen gegeben hat, kann ihn widerrufen.
directory-open = Diesen Ordner öffnen

## Refusals

refused-title = Nicht geöffnet
refused-text = Dieser Link öffnet nichts (mehr).
refused-hint = Vielleicht ist er unvollständig: Öffnen Sie ihn noch einmal von dort, wo Sie ihn haben, oder kopieren Sie ihn ganz. Sonst bitten Sie den, von dem Sie ihn haben, um einen neuen.

nowhere-title = Hier ist nichts
nowhere-text = Unter dieser Adresse gibt es nichts.
nowhere-hint = Ein Link zu einer Datei endet auf { $end } und 24 Zeichen: Kopieren Sie ihn ganz, oder öffnen Sie ihn noch einmal von dort, wo Sie ihn haben.
nowhere-start = Zum Anfang

## The start page

start-all-folders = Alle Ordner
start-folders = Ordner
start-find = Datei oder Ordner suchen
start-find-hint = Teil des Namens
start-view-only = nur ansehen
start-nothing = Hier lässt sich nichts öffnen.
start-found = Was gefunden wurde
start-more = Mehr zeigen
start-recent = Zuletzt geöffnet
start-new = Neue Datei
start-new-folder = Ordner
start-new-name = Name
start-make = Anlegen
start-links = Ihre Links
start-search = Ihre Schlüssel durchsuchen
start-search-hint = Datei, Ordner, Notiz
start-made = erstellt: { $when }
start-key = Schlüssel { $id }
start-manage = Verwalten
start-manage-one = { $name } verwalten, Schlüssel { $id }
start-no-links = Noch keine Links. Öffnen Sie eine Datei, dann entsteht ihr erster.
start-all-keys = Alle Ihre Schlüssel
start-by-place = Eine Datei nach ihrem Ort öffnen
start-place-folder = Ordner
start-place-name = Dateiname

## Lists of keys

list-search-hint = Datei, Ordner, Notiz
list-search-hint-all = Datei, Ordner, Notiz, Besucher
list-filters = Filter und Reihenfolge
list-made-for = Erstellt für
list-folder = In diesem Ordner
list-show-all = Alle zeigen
list-nothing = Einen solchen Schlüssel gibt es nicht.
list-choose-all = Alle auf dieser Seite auswählen
list-revoke = Ausgewählte Schlüssel widerrufen…
list-chosen = { $count } ausgewählt
list-choose = Auswählen
list-choose-one = { $name } auswählen, Schlüssel { $id }
list-pages = Seiten der Liste
list-first = Erste Seite
list-next = Nächste Seite
list-caption = Schlüssel, { $order }.
list-caption-with = Schlüssel mit „{ $text }“, { $order }.
list-revoked = Widerrufen: { keys }.

choice-state = Zustand
choice-rights = Rechte
choice-scope = Für
choice-asks = Verlangt
choice-order = Reihenfolge
choice-any = egal
choice-files = Dateien
choice-folders = Ordner
choice-nothing = nichts
choice-passphrase = eine Passphrase
choice-claim = einen bestimmten Browser

order = { $order ->
    [created-desc] neueste zuerst
    [created-asc] älteste zuerst
    [used-desc] zuletzt benutzte zuerst
    [used-asc] am längsten unbenutzte zuerst
    [uses-desc] meistbenutzte zuerst
    [uses-asc] am wenigsten benutzte zuerst
    [expires-asc] zuerst, was bald endet
    [expires-desc] zuerst, was spät endet
    [name-asc] nach Namen, A bis Z
    [name-desc] nach Namen, Z bis A
    [by-asc] nach Besuchern, A bis Z
    [by-desc] nach Besuchern, Z bis A
   *[other] in dieser Reihenfolge
}

## What is known of a key

key-file = Datei
key-path = Pfad
key-label = Notiz
key-rights = Rechte
key-state = Zustand
key-made-for = Erstellt für
key-created = Erstellt
key-ends = Endet
key-ends-unused = Endet ungenutzt
key-used = Zuletzt benutzt
key-uses = Nutzungen
key-browsers = Browser
key-usable-by = Benutzbar für
key-id = Kennung

never = nie
never-known = nie, soweit bekannt
unknown = unbekannt

rights = { $rights ->
    [edit] ändern
   *[view] ansehen
}
rights-less = { $own }, durch den Schlüssel darüber aber nur { $least }
state = { $state ->
    [ended] beendet
   *[live] gültig
}
state-ended = beendet: Er öffnet nichts mehr
unused-for = nach { $days ->
    [one] 1 Tag
   *[other] { $days } Tagen
}
passphrase-asked = wird verlangt
passphrase-asked-above = wird verlangt, die des Schlüssels darüber
browsers = { $have ->
    [one] 1 hat ihn
   *[other] { $have } haben ihn
}, { $left ->
    [one] 1 darf ihn noch nehmen
   *[other] { $left } dürfen ihn noch nehmen
}
browsers-above = { browsers } (der Schlüssel darüber)
only-visitor = nur den Besucher, für den er gemacht ist

badge-folder = Ordner
badge-passphrase = Passphrase
badge-claim = bestimmter Browser
badge-derived = abgeleitet

## One key

show-title = { $name } – Schlüssel { $id }
show-known = Was bekannt ist
show-granted = Berechtigt durch
show-not-granted = nichts, was jetzt gilt: Wer ihn bekam, bekäme ihn nicht noch einmal
show-link = Den Link noch einmal zeigen
show-revoke = Widerrufen…
show-line = Herkunft
show-no-line = Er ist von keinem anderen Schlüssel abgeleitet, und keiner von ihm.
show-above = Abgeleitet von
show-below = Davon abgeleitet
show-narrowed = Der Schlüssel ist eingeschränkt.
show-existing = Diesen Schlüssel gab es schon, für dieselbe Datei, dieselben Rechte und dasselbe Ende. Was sonst verlangt war, wurde an ihm nicht geändert.

narrow-title = Einschränken
narrow-hint = Ein Schlüssel wird immer nur enger: weniger Rechte, ein früheres Ende. Was leer bleibt, bleibt, wie es ist.
narrow-as-is = wie bisher
narrow-as-is-rights = wie bisher: { $rights }
narrow-do = Diesen Schlüssel einschränken

derive-title = Weniger weitergeben
derive-hint = Ein eigener Schlüssel, der nicht mehr erlaubt als dieser. Er endet spätestens mit ihm und lässt sich für sich allein widerrufen.
derive-once = Einen Link für einen einzigen Browser machen
derive-as-this = wie dieser Schlüssel
derive-as-this-rights = wie dieser Schlüssel: { $rights }
derive-do = Einen engeren Schlüssel machen

trace-title = Verlauf
trace-caption = Das Neueste zuerst; was sich binnen einer Minute wiederholt, ist eine Zeile.
trace-when = Wann
trace-what = Was
trace-who = Wer
trace-from = Von wo
trace-note = Anmerkung
trace-times = { $count }-mal
trace-nothing = Das Protokoll sagt nichts über ihn, oder es gibt keines (Einstellung audit.file).
trace-not-theirs = Wer ihn benutzt hat, sieht nur die Verwaltung.
trace-unreadable = Das Protokoll lässt sich gerade nicht lesen.
trace-act = { $act ->
    [mint] erstellt
    [open] geöffnet
    [save] gespeichert
    [derive] abgeleitet
    [set] geändert
    [revoke] widerrufen
    [link] Link gezeigt
    [unlock] Passphrase gegeben
    [claim] Browser gebunden
    [prune] aufgeräumt
    [undo] zurückgeholt
    [import] übernommen
    [refuse] abgelehnt
    [dropped] nicht aufgezeichnet
   *[other] { $act }
}
trace-said = { $why ->
    [page] die Seite
    [file] der Text
    [near] ein Bild daneben
    [raw] die Datei selbst
    [gate] durch das Gate
    [enter] das Cookie des Gates
    [unknown] unbekannt oder widerrufen
    [expired] seine Zeit war abgelaufen
    [idle] zu lange nicht benutzt
    [outside] sein Ort lässt sich nicht öffnen
    [missing] seine Datei ist weg
    [directory] er öffnet ein Verzeichnis, keine Datei
    [view-only] er darf nur ansehen
    [other-visitor] er gehört jemand anderem
    [lost-grant] die Erlaubnis dazu ist weg
    [not-in-hand] ohne Passphrase, oder noch an keinen Browser gebunden
    [not-here] er gilt nicht für diese Adresse
    [other-name] unter einem anderen Namen verlangt
    [refused] abgelehnt
    [expired-at] abgelaufen: { $what }
    [unused-for-too-long-since] zu lange unbenutzt seit { $what }
    [the-key-it-was-derived-from-is-gone] der Schlüssel, von dem er abgeleitet ist, ist weg
    [last-used-on] zuletzt benutzt: { $what }
    [never-used] nie benutzt
    [minted-at] erstellt: { $what }
    [its-file-is-missing] seine Datei fehlt
    [its-directory-is-missing] sein Verzeichnis fehlt
    [from] von { $what }
   *[other] { $text }
}

## What limits a key

limit-expires = Endet nach oder am
limit-expires-hint = Etwa 30d (Tage) oder 12h (Stunden), oder 2027-01-31T12:00:00Z.
limit-idle = Endet, wenn ungenutzt seit
limit-idle-hint = Ganze Tage, etwa 90d.
limit-uses = Browser, die ihn nutzen dürfen
limit-uses-hint = 1 macht einen Link für einen einzigen Browser: Der erste behält ihn.
limit-passphrase-hint = Wer den Schlüssel benutzt, muss sie eingeben. Mindestens 8 Zeichen.
limit-passphrase-instead = Eine neue tritt an die Stelle der bisherigen. Mindestens 8 Zeichen.

## A new key, and its link

new-hint = Für eine Datei oder einen Ordner in den Wurzelordnern. Als Urheber wird Ihr Name vermerkt, und der Link wird gezeigt, sobald er gemacht ist.
new-path = Datei oder Ordner
new-path-hint = Der ganze Pfad. Eine Datei, die es noch nicht gibt, entsteht beim ersten Speichern.
new-scope = Was er öffnet
new-scope-file = diese Datei
new-scope-directory = diesen Ordner und alles darunter
new-as-settings = nach den Einstellungen
new-all-rights = so viel, wie die Einstellungen erlauben
new-make = Schlüssel machen

bookmark-title = Der Link
bookmark-of = Der Link zu { $name }
bookmark-may = Wer ihn hat, darf { $scope ->
    [directory] alle Dateien in diesem Ordner und darunter
   *[file] diese Datei
} { $rights ->
    [edit] ansehen und ändern
   *[view] ansehen
}{ $asks ->
    [both] , mit seiner Passphrase und in den ersten Browsern, die ihn nehmen
    [passphrase] , mit seiner Passphrase
    [first] , im ersten Browser, der ihn nimmt
    [firsts] , in den ersten Browsern, die ihn nehmen
   *[nothing] { "" }
}. Geben Sie ihn weiter wie einen Haustürschlüssel.
bookmark-link = Link
bookmark-copy = Kopieren
bookmark-copied = Kopiert.
bookmark-by-hand = Der Link ist ausgewählt: Kopieren Sie ihn mit Strg+C.
bookmark-about = Zu diesem Schlüssel

## Revoking

revoke-question = { keys } widerrufen?
revoke-do = { keys } widerrufen
revoke-what = { $count ->
    [one] Sein Link öffnet
   *[other] Ihre Links öffnen
} danach nichts mehr, auch nicht in geöffneten Editoren. Das lässt sich nicht rückgängig machen.
revoke-what-all = { $count ->
    [one] Sein Link öffnet
   *[other] Ihre Links öffnen
} danach nichts mehr, auch nicht in geöffneten Editoren. Das lässt sich nicht rückgängig machen: Auch { $command } holt nichts davon zurück.
revoke-along = abgeleitet, geht mit
revoke-more = Dazu noch { keys }, von diesen abgeleitet.
revoke-none = Von diesen Schlüsseln ist keiner mehr da
revoke-keep = Behalten

## Pruning

prune-hint = Entfernt Schlüssel, die niemand mehr braucht. Jede gewählte Regel genügt. Zuerst sehen Sie, welche Schlüssel gehen würden, und warum.
prune-backup = Was beim letzten Aufräumen entfernt wurde, steht neben der Schlüsseldatei in { $file }.
prune-backup-undo = Auf der Befehlszeile holt { $command } es zurück, bis auf das, was seitdem widerrufen oder neu gemacht wurde.
prune-unused = Ungenutzt seit
prune-unused-hint = Etwa 180d (Tage); leer: egal wie lange.
prune-expired = Beendet seit
prune-expired-hint = Etwa 7d, oder 1s für alle beendeten; leer: diese behalten.
prune-missing = Datei oder Ordner fehlt
prune-show = Zeigen, was gehen würde
prune-none = { $count ->
    [one] Der eine Schlüssel würde nicht gehen
   *[other] Von { $count } Schlüsseln würde keiner gehen
}
prune-due = { $due ->
    [one] { $count ->
        [one] Der eine Schlüssel würde gehen
       *[other] 1 von { $count } Schlüsseln würde gehen
    }
   *[other] { $due } von { $count } Schlüsseln würden gehen
}
prune-listed = Die ersten { $listed } davon; { $more } weitere sind nicht aufgeführt.
prune-held = Weil ein davon abgeleiteter Schlüssel bleibt, { $count ->
    [one] bleibt auch noch { keys }
   *[other] bleiben auch noch { keys }
}.
prune-away = Keine Datei gilt als fehlend, wo Folgendes so ist: { $why }.
prune-why = Warum
prune-undo = Sie kommen zuerst in eine Sicherung neben der Schlüsseldatei, aus der { $command } sie zurückholt.
prune-do = { keys } entfernen
prune-keep = Alle behalten
prune-done = Entfernt: { keys }.

due-expired = abgelaufen: { $when }
due-idle = zu lange ungenutzt seit { $when }
due-orphaned = der Schlüssel, von dem er abgeleitet ist, ist weg
due-unused = zuletzt benutzt: { $when }
due-never-used = nie benutzt
due-old = erstellt: { $when }
due-file-missing = seine Datei fehlt
due-directory-missing = sein Ordner fehlt

## What a visitor may do

visitor-title = Was ein Besucher darf
visitor-name = Besucher
visitor-name-hint = Wie ein Schlüssel ihn vermerkt: Quelle:Name, etwa users:ann, header:ann oder host/cms:ann.
visitor-explain = Erklären
visitor-keys = Schlüssel, die für diesen Besucher gemacht sind
visitor-caption = Woher Berechtigungen kommen: aus der Datei der Benutzer, von Hosts und aus den Zeilen der Einstellung „grants“, der Reihe nach.
visitor-from = Von
visitor-gives = Gibt
visitor-holds = Diesem Besucher
visitor-hint = Gruppen, Stufen und Adressen werden nicht mit dem Namen vermerkt: Was von ihnen abhängt, heißt möglich.
visitor-gone = Diesen Benutzer gibt es nicht mehr.
visitor-admin = Sieht und ändert alle Schlüssel.
visitor-nothing = Hat keine Berechtigung, die jetzt sicher gilt.

giver-users = die Datei der lokalen Benutzer
giver-row = grants[{ $index }], für { $who }
giver-host = der Host { $name }
giver-php = eine PHP-Sitzung
giver-local = ein Link von der Befehlszeile
giver-operator = der Betreiber
gives-everything = alles unter den Wurzelordnern
gives-administration = Verwaltung
gives-session = was die Sitzung sagt
gives-view = (ansehen)
holds-now = gilt
holds-perhaps = vielleicht: { $what }
holds-not = nicht: { $what }

## What a grant lacks

lacks-a-browser-that-came-by-a-link-from-the-command-line = ein Browser, der über einen Link von der Befehlszeile kam
lacks-a-php-session-which-only-its-browser-leads-to = eine PHP-Sitzung, zu der nur ihr Browser führt
lacks-another-e-mail-address = eine andere E-Mail-Adresse
lacks-another-group = eine andere Gruppe
lacks-another-level = eine andere Stufe
lacks-another-network = ein anderes Netz
lacks-another-source = eine andere Quelle
lacks-another-user = ein anderer Benutzer
lacks-it-names-nobody = nennt niemanden
lacks-no-host-of-this-name = kein Host dieses Namens
lacks-the-name-can-stand-in-no-path = der Name kann in keinem Pfad stehen
lacks-the-session-of-a-browser-without-a-name = die Sitzung eines Browsers ohne Namen

## What an answer is called

status-bad-request = Anfrage nicht verständlich
status-forbidden = Nicht erlaubt
status-insufficient-storage = Kein Platz
status-not-found = Nicht gefunden
status-not-now = Nicht jetzt
status-payload-too-large = Zu groß
status-precondition-failed = Inzwischen geändert
status-precondition-required = Bedingung fehlt
status-request-timeout = Zu langsam
status-service-unavailable = Gerade nicht möglich
status-too-many-requests = Zu viele Anfragen
status-unauthorized = Unbekannt

## Rules

rule-1-to-100-browsers-may-claim-a-key = 1 bis 100 Browser dürfen einen Schlüssel nehmen.
rule-a-directory-is-an-absolute-path-with-neither-a-backslash-nor-a-control-character-in-it = Ein Ordner ist ein absoluter Pfad, ohne „.“, „..“, „//“, umgekehrten Schrägstrich oder Steuerzeichen
rule-a-file-name-is-one-component-without-a-backslash-or-a-control-character = Ein Dateiname ist ein einziger Name, ohne „/“, umgekehrten Schrägstrich oder Steuerzeichen
rule-a-folder-is-asked-for-by-dirname-alone = Nach einem Ordner wird nur mit dirname gefragt
rule-a-form-names-at-most-200-keys = Ein Formular nennt höchstens 200 Schlüssel
rule-a-key-is-only-ever-narrowed-1-to-100-browsers-may-claim-it-and-never-more-than-now = Ein Schlüssel wird immer nur enger: 1 bis 100 Browser dürfen ihn nehmen, und nie mehr als jetzt.
rule-a-key-is-only-ever-narrowed-it-may-never-stay-unused-for-longer-than-now = Ein Schlüssel wird immer nur enger: Er darf nie länger ungenutzt bleiben als jetzt.
rule-a-key-is-only-ever-narrowed-it-never-ends-later-than-it-does = Ein Schlüssel wird immer nur enger: Er endet nie später, als er endet.
rule-a-key-is-only-ever-narrowed-it-never-gets-more-rights-than-it-has = Ein Schlüssel wird immer nur enger: Er bekommt nie mehr Rechte, als er hat.
rule-a-label-has-at-most-200-characters-and-no-control-character = Eine Notiz hat höchstens 200 Zeichen und keine Steuerzeichen
rule-a-length-of-time-is-one-such-as-180d-or-12h = Eine Dauer ist etwa 180d (Tage) oder 12h (Stunden)
rule-a-life-is-a-duration-such-as-90d-or-a-time-to-come-such-as-2027-01-31t12-00-00z = Ein Ende ist eine Dauer wie „90d“ oder eine künftige Zeit wie „2027-01-31T12:00:00Z“
rule-a-name-has-at-most-64-characters = Ein Name hat höchstens 64 Zeichen
rule-a-parameter-is-a-list = Ein Parameter ist eine Liste
rule-a-parameter-is-repeated = Ein Parameter kommt zweimal vor
rule-a-passphrase-has-at-least-8-characters = Eine Passphrase hat mindestens 8 Zeichen.
rule-a-passphrase-has-at-most-1024-bytes = Eine Passphrase hat höchstens 1024 Bytes.
rule-a-passphrase-has-no-control-characters = Eine Passphrase hat keine Steuerzeichen.
rule-a-password-has-at-most-1024-bytes = Ein Passwort hat höchstens 1024 Bytes
rule-a-path-is-percent-encoded-once-not-twice = Ein Pfad wird nur einmal prozentkodiert, nicht zweimal
rule-a-scope-is-file-or-directory = scope ist „file“ oder „directory“
rule-a-text-to-look-for-has-at-most-256-bytes = Ein Suchtext hat höchstens 256 Bytes
rule-a-visitor-is-a-source-and-a-name-such-as-users-ann-of-at-most-300-bytes = Ein Besucher ist eine Quelle und ein Name, etwa users:ann, mit höchstens 300 Bytes
rule-after-is-what-next-said = after ist, was „next“ gesagt hat
rule-after-is-what-next-said-on-the-page-before-of-a-list-in-the-same-order = after ist, was „next“ auf der Seite davor gesagt hat, in einer Liste derselben Reihenfolge
rule-an-id-is-one-that-a-page-of-ours-shows = Eine Kennung ist eine, die eine unserer Seiten zeigt
rule-an-idle-time-is-a-duration-of-whole-days-from-1-to-36500-such-as-30d = Ungenutzt bleiben darf ein Schlüssel ganze Tage lang, von 1 bis 36500, etwa „30d“
rule-asks-is-nothing-passphrase-or-claim = asks ist „nothing“, „passphrase“ oder „claim“
rule-at-most-100-keys-are-derived-from-one-revoke-those-that-nobody-needs = Höchstens 100 Schlüssel sind von einem abgeleitet: Widerrufen Sie die, die niemand braucht.
rule-at-most-4-keys-stand-above-one-another-derive-from-one-further-up = Höchstens 4 Schlüssel stehen übereinander: Leiten Sie von einem weiter oben ab.
rule-authorization-bearer-and-the-token-of-a-host-are-needed = Nötig sind „Authorization: Bearer“ und das Token eines Hosts.
rule-choose-at-least-one-rule = Wählen Sie mindestens eine Regel
rule-next-and-rd-are-two-places-to-go-on-to = next und rd sind zwei Orte, an denen es weitergehen soll
rule-next-is-a-path-below-base-path-with-one-leading-slash-and-no-backslash-or-control-character = next ist ein Pfad unter base_path, mit einem Schrägstrich am Anfang und ohne umgekehrten Schrägstrich oder Steuerzeichen
rule-no-key-was-chosen = Kein Schlüssel war ausgewählt
rule-no-mount-of-the-gate-serves-what-this-key-opens-see-gate-mounts-in-the-settings = Was dieser Schlüssel öffnet, liefert kein Mount des Gates aus: siehe gate.mounts in den Einstellungen
rule-only-those-who-claimed-this-key-may-use-it-no-other-key-can-be-made-from-it = Nur die Browser, die diesen Schlüssel genommen haben, dürfen ihn benutzen: Daraus lässt sich kein anderer machen.
rule-order-is-asc-or-desc = order ist „asc“ oder „desc“
rule-other-keys-are-due-than-a-moment-ago-look-again = Inzwischen würden andere Schlüssel gehen als eben noch: Sehen Sie noch einmal nach
rule-public-url-is-not-set-without-it-no-address-behind-the-gate-is-known = public_url ist nicht gesetzt: Ohne sie ist keine Adresse hinter dem Gate bekannt
rule-rd-is-an-address-of-this-host-or-at-or-below-gate-cookie-domain = rd ist eine Adresse auf diesem Host, oder auf oder unter gate.cookie_domain
rule-rights-are-view-or-edit = Rechte sind „view“ oder „edit“
rule-say-what-is-replaced-if-match-with-the-etag-that-was-read-or-if-none-match-for-a-new-file = Sagen Sie, was ersetzt wird: If-Match mit dem gelesenen ETag, oder If-None-Match: * für eine neue Datei.
rule-several-authorization-headers = Mehrere Header „Authorization“
rule-so-many-browsers-a-number-of-1-to-100 = So viele Browser: eine Zahl von 1 bis 100
rule-sort-is-created-expires-used-uses-name-or-by = sort ist „created“, „expires“, „used“, „uses“, „name“ oder „by“
rule-state-is-live-or-expired = state ist „live“ oder „expired“
rule-that-is-more-than-the-limit-setting-limits-body = Das ist mehr als erlaubt (Einstellung limits.body).
rule-the-body-broke-off = Die Daten brachen ab
rule-the-body-came-too-slowly-try-again = Die Daten kamen zu langsam. Versuchen Sie es noch einmal.
rule-the-body-of-the-request-is-longer-than-this-address-takes = Die Anfrage ist länger, als diese Adresse sie annimmt.
rule-the-file-has-changed-since-it-was-read-read-it-again-and-decide-which-text-to-keep = Die Datei hat sich geändert, seit sie gelesen wurde. Lesen Sie sie noch einmal und entscheiden Sie, welcher Text bleibt.
rule-the-file-is-not-there-saving-makes-it = Die Datei ist nicht da. Das erste Speichern legt sie an.
rule-the-form-s-token-is-missing = Das Kennzeichen des Formulars fehlt
rule-the-key-is-missing = Der Schlüssel fehlt
rule-the-name-is-missing = Der Name fehlt
rule-the-parameter-basename-is-missing = Der Parameter basename fehlt
rule-the-parameter-dirname-is-missing = Der Parameter dirname fehlt
rule-the-parameter-ticket-is-missing = Der Parameter ticket fehlt
rule-the-passphrase-is-missing = Die Passphrase fehlt
rule-the-password-is-missing = Das Passwort fehlt
rule-the-path-is-missing = Der Pfad fehlt
rule-the-path-names-a-file-or-a-folder = Der Pfad nennt eine Datei oder einen Ordner
rule-the-query-is-not-utf-8-with-whole-percent-escapes = Die Abfrage ist kein UTF-8 mit vollständigen %-Kodierungen
rule-the-settings-allow-no-key-to-change-files-keys-rights = Nach den Einstellungen darf kein Schlüssel Dateien ändern (keys.rights).
rule-the-settings-allow-no-key-to-live-that-long-keys-lifetime = Nach den Einstellungen darf kein Schlüssel so lange gelten (keys.lifetime).
rule-the-settings-allow-no-key-to-stay-unused-for-that-long-keys-idle = Nach den Einstellungen darf kein Schlüssel so lange ungenutzt bleiben (keys.idle).
rule-the-settings-want-every-key-to-have-a-passphrase-keys-require-passphrase = Nach den Einstellungen braucht jeder Schlüssel eine Passphrase (keys.require_passphrase).
rule-there-is-no-room-left-on-the-server-s-disk-keep-your-text-and-tell-the-administrator = Auf der Festplatte des Servers ist kein Platz mehr. Behalten Sie Ihren Text und sagen Sie es der Verwaltung.
rule-there-is-no-such-key-among-those-that-you-may-see = Unter den Schlüsseln, die Sie sehen dürfen, gibt es diesen nicht.
rule-there-is-no-such-place-within-the-roots-that-a-key-may-open = In den Wurzelordnern gibt es keinen solchen Ort, den ein Schlüssel öffnen darf.
rule-this-does-not-work-at-the-moment-try-again-if-it-stays-so-tell-the-administrator = Das geht gerade nicht. Versuchen Sie es noch einmal; wenn es so bleibt, sagen Sie es der Verwaltung.
rule-this-key-cannot-be-shown-again-it-was-sealed-with-another-secret-or-another-program-made-it = Dieser Schlüssel lässt sich nicht noch einmal zeigen: Er ist mit einem anderen Geheimnis versiegelt, oder ein anderes Programm hat ihn gemacht.
rule-too-many-requests-wait-a-little-and-try-again = Zu viele Anfragen. Warten Sie ein wenig und versuchen Sie es noch einmal.
rule-two-different-keys = Zwei verschiedene Schlüssel
