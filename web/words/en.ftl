# The texts of the pages that the server makes, in English: the language that all others are held against.
# docs/translating.md says how to add another. A name in braces, such as { $name }, is put in by the page.

## On every page

all-files-in = All files in { $name }
all-keys = All keys
just-now = just now
keys = { $count ->
    [one] 1 key
   *[other] { $count } keys
}
new-key = New key
open = Open
pages = Pages
passphrase = Passphrase
prune = Prune
search = Search
sign-in = Sign in
sign-out = Sign out
signed-in-as = Signed in as { $name }
skip = Skip to the content
too-many-tries = Too many tries. Wait { $secs } s, then try again.
visitors = Visitors
your-files = Your files
your-keys = Your keys

## Signing in

login-name = Name
login-password = Password
login-wrong = The name or the password is wrong.
signed-in = Signed in
signed-in-everywhere = Sign out everywhere
signed-in-hint = Signing out everywhere ends your sessions in all browsers. Links that you made go on working.

## What stands before a file or a folder

# $name is that of the file or the folder.
open-it = Open { $name }
open-question = Open { $name }?

unlock-question = Open this link?
unlock-old = This page was too old. Try once more.
unlock-wrong = That is not the passphrase of this link.
unlock-passphrase = It is protected by a passphrase. Ask whoever gave you the link for it.
unlock-claim = It will belong to this browser, and may work in no other after that. Open it where you want to go on using it.

mint-other-site = Another site sent you here.
# $scope is "file" or "directory".
mint-why = A new link { $scope ->
    [directory] to this folder and everything in it
   *[file] to this file
} will be made for you.
mint-passphrase = A passphrase for the new link
mint-passphrase-hint = At least 8 characters. Whoever is to use the link needs it too; nobody can look it up later.

# $rights is "view" or "edit", $scope is "file" or "directory", $host is the address behind the gate.
enter-what = This link lets this browser { $rights ->
    [edit] view and change
   *[view] view
} { $scope ->
    [directory] all files in this folder
   *[file] this file
} at { $host }, until the link ends or is revoked.

editor-script = The editor needs JavaScript, which is switched off here.

directory-what = This link lets you { $rights ->
    [edit] view and change
   *[view] view
} all files in this folder and in the folders below it.
directory-ends = It ends at { $end }.
directory-endless = It has no end; whoever gave it to you can revoke it.
directory-open = Open this folder

## Refusals

refused-title = Not open
refused-text = This link does not open anything (any more).
refused-hint = It may be incomplete: open it again from where you got it, or copy the whole of it. Otherwise ask whoever gave it to you for a new one.

nowhere-title = Nothing here
nowhere-text = There is nothing at this address.
# $end is what such a link ends in, and stands apart.
nowhere-hint = A link to a file ends in { $end } and 24 characters: copy the whole of it, or open it again from where you got it.
nowhere-start = To the start

## The start page

start-all-folders = All folders
start-folders = Folders
start-find = Find a file or folder
start-find-hint = part of its name
start-view-only = view only
start-nothing = Nothing that can be opened here.
start-found = What was found
start-more = Show more
start-recent = Recent files
start-new = New file
start-new-folder = Folder
start-new-name = Name
start-make = Make it
start-links = Your links
start-search = Search your keys
start-search-hint = file, folder, label
# $when is a time, such as "2026-11-22 10:00 UTC" or "3 days ago", and stands apart; so does $id.
start-made = made { $when }
start-key = key { $id }
start-manage = Manage
start-manage-one = Manage { $name }, key { $id }
start-no-links = No links yet. Open a file to make its first one.
start-all-keys = All your keys
start-by-place = Open a file by its place
start-place-folder = Folder
start-place-name = File name

## Lists of keys

list-search-hint = file, folder, label
list-search-hint-all = file, folder, label, visitor
list-filters = Filters and order
list-made-for = Made for
list-folder = In the folder
list-show-all = Show all
list-nothing = No key is like that.
list-choose-all = Choose all on this page
list-revoke = Revoke the chosen keys…
# What is said while keys are chosen: the page puts a number for #, so the text is to be right for every number.
list-chosen = { $count } chosen
list-choose = Choose
list-choose-one = Choose { $name }, key { $id }
list-pages = Pages of the list
list-first = First page
list-next = Next page
list-caption = Keys, { $order }.
list-caption-with = Keys with “{ $text }”, { $order }.
list-revoked = Revoked { keys }.

choice-state = State
choice-rights = Rights
choice-scope = Of
choice-asks = Asks for
choice-order = Order
choice-any = any
choice-files = files
choice-folders = folders
choice-nothing = nothing
choice-passphrase = a passphrase
choice-claim = one browser

order = { $order ->
    [created-desc] newest first
    [created-asc] oldest first
    [used-desc] used last
    [used-asc] unused longest
    [uses-desc] most used
    [uses-asc] least used
    [expires-asc] ends soonest
    [expires-desc] ends last
    [name-asc] name, A to Z
    [name-desc] name, Z to A
    [by-asc] made for, A to Z
    [by-desc] made for, Z to A
   *[other] in this order
}

## What is known of a key

key-file = File
key-path = Path
key-label = Label
key-rights = Rights
key-state = State
key-made-for = Made for
key-created = Created
key-ends = Ends
key-ends-unused = Ends when unused
key-used = Last use
key-uses = Uses
key-browsers = Browsers
key-usable-by = Usable by
key-id = Key id

never = never
never-known = never, as far as is known
unknown = unknown

rights = { $rights ->
    [edit] edit
   *[view] view
}
# Both are rights as above.
rights-less = { $own }, but { $least } by the key above
state = { $state ->
    [ended] ended
   *[live] live
}
state-ended = ended: it opens nothing any more
unused-for = for { $days } days
passphrase-asked = asked for
passphrase-asked-above = asked for, that of the key above
browsers = { $have } have it, { $left } may still claim it
browsers-above = { $have } have it, { $left } may still claim it, of the key above
only-visitor = only the visitor it was made for

badge-folder = folder
badge-passphrase = passphrase
badge-claim = one browser
badge-derived = derived

## One key

show-title = { $name } – key { $id }
show-known = What is known
show-granted = Granted by
show-not-granted = nothing that is in force now: whoever it was made for could not get it again
show-link = Show the link again
show-revoke = Revoke…
show-line = Its line
show-no-line = It was derived from no other key, and none from it.
show-above = Derived from
show-below = Derived from it
show-narrowed = The key is narrowed.
show-existing = This key was there already, for the same file, rights and end. What else was asked for was not changed on it.

narrow-title = Narrow it
narrow-hint = A key is only ever narrowed: less rights, a sooner end. What is left empty stays as it is.
narrow-as-is = as it is
narrow-as-is-rights = as it is: { $rights }
narrow-do = Narrow this key

derive-title = Give less away
derive-hint = A key of its own, with no more than this one. It ends with this one at the latest, and can be revoked alone.
derive-once = Make a one-use link
derive-as-this = as this key
derive-as-this-rights = as this key: { $rights }
derive-do = Make a narrower key

trace-title = Trace
trace-caption = The newest first; repeats within a minute are one line.
trace-when = When
trace-what = What
trace-who = Who
trace-from = From
trace-note = Note
trace-times = { $count } times
trace-nothing = The audit log says nothing of it, or there is none (setting audit.file).
trace-not-theirs = Only an administrator sees who used it.
trace-unreadable = The audit log cannot be read now.
trace-act = { $act ->
    [mint] mint
    [open] open
    [save] save
    [derive] derive
    [set] set
    [revoke] revoke
    [link] link
    [unlock] unlock
    [claim] claim
    [prune] prune
    [undo] undo
    [import] import
    [refuse] refuse
    [dropped] dropped
   *[other] { $act }
}
trace-said = { $why ->
    [page] its page
    [file] its text
    [near] a picture beside it
    [raw] the file itself
    [gate] through the gate
    [enter] the cookie of the gate
    [unknown] unknown or revoked
    [expired] its time was over
    [idle] it was not used for too long
    [outside] its place is not to be opened
    [missing] its file is gone
    [directory] it opens a directory, not a file
    [view-only] it may only view
    [other-visitor] it is bound to another visitor
    [lost-grant] its visitor lost the grant
    [not-in-hand] no passphrase, or not claimed
    [not-here] it does not cover that address
    [other-name] asked for under another name
    [refused] refused
    [expired-at] expired at { $what }
    [unused-for-too-long-since] unused for too long since { $what }
    [the-key-it-was-derived-from-is-gone] the key it was derived from is gone
    [last-used-on] last used on { $what }
    [never-used] never used
    [minted-at] minted at { $what }
    [its-file-is-missing] its file is missing
    [its-directory-is-missing] its directory is missing
    [from] from { $what }
   *[other] { $text }
}

## What limits a key

limit-expires = Ends after or at
limit-expires-hint = Such as 30d or 12h, or 2027-01-31T12:00:00Z.
limit-idle = Ends when unused for
limit-idle-hint = Whole days, such as 90d.
limit-uses = Browsers that may use it
limit-uses-hint = 1 makes a one-use link: the first browser keeps it.
limit-passphrase-hint = Whoever uses the key has to type it. At least 8 characters.
limit-passphrase-instead = A new one takes the place of the one that is there. At least 8 characters.

## A new key, and its link

new-hint = For a file or a folder within the roots. It is remembered as made by you, and the link is shown once it is made.
new-path = File or folder
new-path-hint = The whole path. A file that is not there yet is made by its first save.
new-scope = What it opens
new-scope-file = this file
new-scope-directory = this folder and all below
new-as-settings = as the settings say
new-all-rights = as much as the settings allow
new-make = Make the key

bookmark-title = The link
bookmark-of = The link to { $name }
# $asks is "both" for a passphrase and a claim of several browsers, "passphrase", "first" for a claim of one browser, "firsts"
# for one of several, or "nothing".
bookmark-may = Whoever has it may { $rights ->
    [edit] view and change
   *[view] view
} { $scope ->
    [directory] all files in this folder and below
   *[file] this file
}{ $asks ->
    [both] , with its passphrase, in the first browsers that take it
    [passphrase] , with its passphrase
    [first] , in the first browser that takes it
    [firsts] , in the first browsers that take it
   *[nothing] { "" }
}. Give it on as you would a door key.
bookmark-link = Link
bookmark-copy = Copy
bookmark-copied = Copied.
bookmark-by-hand = The link is chosen: copy it with Ctrl+C.
bookmark-about = About this key

## Revoking

revoke-question = Revoke { keys }?
revoke-do = Revoke { keys }
# $command stands apart.
revoke-what = { $count ->
    [one] Its link opens
   *[other] Their links open
} nothing from then on, in open editors too. This cannot be undone.
revoke-what-all = { $count ->
    [one] Its link opens
   *[other] Their links open
} nothing from then on, in open editors too. This cannot be undone: { $command } does not bring them back either.
revoke-along = derived, goes along
revoke-more = And { keys } more that were derived from these.
revoke-none = None of these keys is there any more
revoke-keep = Keep

## Pruning

prune-hint = Removes keys that nobody needs any more. Each rule that is chosen is enough. First you see which keys would go, and why.
# $file and $command stand apart.
prune-backup = What the last prune removed stands beside the key file in { $file }.
prune-backup-undo = At the command line { $command } brings it back, but for what was revoked or made anew since.
prune-unused = Unused for
prune-unused-hint = Such as 180d; empty: however long.
prune-expired = Ended for
prune-expired-hint = Such as 7d, or 1s for all that ended; empty: keep them.
prune-missing = File or folder is missing
prune-show = Show what would go
prune-none = None of { keys } would go
# $due of $count keys.
prune-due = { $due } of { keys } would go
prune-listed = The first { $listed } of them; { $more } more are not listed.
prune-held = Because a key that was derived from them stays, so do { keys } more.
prune-away = No file is called missing where { $why }.
prune-why = Why
prune-undo = They go to a backup beside the key file first, from which { $command } brings them back.
prune-do = Prune { keys }
prune-keep = Keep all
prune-done = Pruned { keys }.

due-expired = expired at { $when }
due-idle = unused for too long since { $when }
due-orphaned = the key it was derived from is gone
due-unused = last used on { $when }
due-never-used = never used
due-old = minted at { $when }
due-file-missing = its file is missing
due-directory-missing = its directory is missing

## What a visitor may do

visitor-title = What a visitor may do
visitor-name = Visitor
visitor-name-hint = As a key remembers it: source:name, such as users:ann, header:ann or host/cms:ann.
visitor-explain = Explain
visitor-keys = Keys made for this visitor
visitor-caption = Where grants come from: the file of users, hosts, and the rows of the setting "grants" in their order.
visitor-from = From
visitor-gives = Gives
visitor-holds = To this visitor
visitor-hint = Groups, levels and addresses are not remembered with a name: what depends on them is said to be possible.
visitor-gone = There is no such user any more.
visitor-admin = Sees and changes all keys.
visitor-nothing = Has no grant that certainly holds now.

giver-users = the file of local users
giver-row = grants[{ $index }], for { $who }
giver-host = the host { $name }
giver-php = a PHP session
giver-local = a link from the command line
giver-operator = the operator
gives-everything = everything below the roots
gives-administration = administration
gives-session = what its session says
gives-view = (view)
holds-now = holds
holds-perhaps = perhaps: { $what }
holds-not = not: { $what }

## What a grant lacks

lacks-a-browser-that-came-by-a-link-from-the-command-line = a browser that came by a link from the command line
lacks-a-php-session-which-only-its-browser-leads-to = a PHP session, which only its browser leads to
lacks-another-e-mail-address = another e-mail address
lacks-another-group = another group
lacks-another-level = another level
lacks-another-network = another network
lacks-another-source = another source
lacks-another-user = another user
lacks-it-names-nobody = it names nobody
lacks-no-host-of-this-name = no host of this name
lacks-the-name-can-stand-in-no-path = the name can stand in no path
lacks-the-session-of-a-browser-without-a-name = the session of a browser without a name

## What an answer is called

status-bad-request = Bad Request
status-forbidden = Forbidden
status-insufficient-storage = Insufficient Storage
status-not-found = Not Found
status-not-now = Not now
status-payload-too-large = Payload Too Large
status-precondition-failed = Precondition Failed
status-precondition-required = Precondition Required
status-request-timeout = Request Timeout
status-service-unavailable = Service Unavailable
status-too-many-requests = Too Many Requests
status-unauthorized = Unauthorized

## Rules
# Programs and the log are told the same in English. The name of each is its English text: where that changes, the name does.

rule-1-to-100-browsers-may-claim-a-key = 1 to 100 browsers may claim a key.
rule-a-directory-is-an-absolute-path-with-neither-a-backslash-nor-a-control-character-in-it = a directory is an absolute path, with neither '.', '..', '//', a backslash nor a control character in it
rule-a-file-name-is-one-component-without-a-backslash-or-a-control-character = a file name is one component, without '/', a backslash or a control character
rule-a-folder-is-asked-for-by-dirname-alone = a folder is asked for by dirname alone
rule-a-form-names-at-most-200-keys = a form names at most 200 keys
rule-a-key-is-only-ever-narrowed-1-to-100-browsers-may-claim-it-and-never-more-than-now = A key is only ever narrowed: 1 to 100 browsers may claim it, and never more than now.
rule-a-key-is-only-ever-narrowed-it-may-never-stay-unused-for-longer-than-now = A key is only ever narrowed: it may never stay unused for longer than now.
rule-a-key-is-only-ever-narrowed-it-never-ends-later-than-it-does = A key is only ever narrowed: it never ends later than it does.
rule-a-key-is-only-ever-narrowed-it-never-gets-more-rights-than-it-has = A key is only ever narrowed: it never gets more rights than it has.
rule-a-label-has-at-most-200-characters-and-no-control-character = a label has at most 200 characters, and no control character
rule-a-length-of-time-is-one-such-as-180d-or-12h = a length of time is one such as 180d or 12h
rule-a-life-is-a-duration-such-as-90d-or-a-time-to-come-such-as-2027-01-31t12-00-00z = a life is a duration such as '90d', or a time to come such as '2027-01-31T12:00:00Z'
rule-a-name-has-at-most-64-characters = a name has at most 64 characters
rule-a-parameter-is-a-list = a parameter is a list
rule-a-parameter-is-repeated = a parameter is repeated
rule-a-passphrase-has-at-least-8-characters = A passphrase has at least 8 characters.
rule-a-passphrase-has-at-most-1024-bytes = A passphrase has at most 1024 bytes.
rule-a-passphrase-has-no-control-characters = A passphrase has no control characters.
rule-a-password-has-at-most-1024-bytes = a password has at most 1024 bytes
rule-a-path-is-percent-encoded-once-not-twice = a path is percent-encoded once, not twice
rule-a-scope-is-file-or-directory = a scope is 'file' or 'directory'
rule-a-text-to-look-for-has-at-most-256-bytes = a text to look for has at most 256 bytes
rule-a-visitor-is-a-source-and-a-name-such-as-users-ann-of-at-most-300-bytes = a visitor is a source and a name, such as users:ann, of at most 300 bytes
rule-after-is-what-next-said = after is what 'next' said
rule-after-is-what-next-said-on-the-page-before-of-a-list-in-the-same-order = after is what 'next' said on the page before, of a list in the same order
rule-an-id-is-one-that-a-page-of-ours-shows = an id is one that a page of ours shows
rule-an-idle-time-is-a-duration-of-whole-days-from-1-to-36500-such-as-30d = an idle time is a duration of whole days, from 1 to 36500, such as '30d'
rule-asks-is-nothing-passphrase-or-claim = asks is 'nothing', 'passphrase' or 'claim'
rule-at-most-100-keys-are-derived-from-one-revoke-those-that-nobody-needs = At most 100 keys are derived from one: revoke those that nobody needs.
rule-at-most-4-keys-stand-above-one-another-derive-from-one-further-up = At most 4 keys stand above one another: derive from one further up.
rule-authorization-bearer-and-the-token-of-a-host-are-needed = Authorization: Bearer and the token of a host are needed.
rule-choose-at-least-one-rule = choose at least one rule
rule-next-and-rd-are-two-places-to-go-on-to = next and rd are two places to go on to
rule-next-is-a-path-below-base-path-with-one-leading-slash-and-no-backslash-or-control-character = next is a path below base_path, with one leading slash, and no backslash or control character
rule-no-key-was-chosen = no key was chosen
rule-no-mount-of-the-gate-serves-what-this-key-opens-see-gate-mounts-in-the-settings = no mount of the gate serves what this key opens: see gate.mounts in the settings
rule-only-those-who-claimed-this-key-may-use-it-no-other-key-can-be-made-from-it = Only those who claimed this key may use it: no other key can be made from it.
rule-order-is-asc-or-desc = order is 'asc' or 'desc'
rule-other-keys-are-due-than-a-moment-ago-look-again = other keys are due than a moment ago: look again
rule-public-url-is-not-set-without-it-no-address-behind-the-gate-is-known = public_url is not set: without it no address behind the gate is known
rule-rd-is-an-address-of-this-host-or-at-or-below-gate-cookie-domain = rd is an address of this host, or at or below gate.cookie_domain
rule-rights-are-view-or-edit = rights are 'view' or 'edit'
rule-say-what-is-replaced-if-match-with-the-etag-that-was-read-or-if-none-match-for-a-new-file = Say what is replaced: If-Match with the ETag that was read, or If-None-Match: * for a new file.
rule-several-authorization-headers = several Authorization headers
rule-so-many-browsers-a-number-of-1-to-100 = so many browsers: a number of 1 to 100
rule-sort-is-created-expires-used-uses-name-or-by = sort is 'created', 'expires', 'used', 'uses', 'name' or 'by'
rule-state-is-live-or-expired = state is 'live' or 'expired'
rule-that-is-more-than-the-limit-setting-limits-body = That is more than the limit (setting limits.body).
rule-the-body-broke-off = the body broke off
rule-the-body-came-too-slowly-try-again = The body came too slowly. Try again.
rule-the-body-of-the-request-is-longer-than-this-address-takes = The body of the request is longer than this address takes.
rule-the-file-has-changed-since-it-was-read-read-it-again-and-decide-which-text-to-keep = The file has changed since it was read. Read it again and decide which text to keep.
rule-the-file-is-not-there-saving-makes-it = The file is not there. Saving makes it.
rule-the-form-s-token-is-missing = the form's token is missing
rule-the-key-is-missing = the key is missing
rule-the-name-is-missing = the name is missing
rule-the-parameter-basename-is-missing = the parameter basename is missing
rule-the-parameter-dirname-is-missing = the parameter dirname is missing
rule-the-parameter-ticket-is-missing = the parameter ticket is missing
rule-the-passphrase-is-missing = the passphrase is missing
rule-the-password-is-missing = the password is missing
rule-the-path-is-missing = the path is missing
rule-the-path-names-a-file-or-a-folder = the path names a file or a folder
rule-the-query-is-not-utf-8-with-whole-percent-escapes = the query is not UTF-8 with whole percent escapes
rule-the-settings-allow-no-key-to-change-files-keys-rights = The settings allow no key to change files (keys.rights).
rule-the-settings-allow-no-key-to-live-that-long-keys-lifetime = The settings allow no key to live that long (keys.lifetime).
rule-the-settings-allow-no-key-to-stay-unused-for-that-long-keys-idle = The settings allow no key to stay unused for that long (keys.idle).
rule-the-settings-want-every-key-to-have-a-passphrase-keys-require-passphrase = The settings want every key to have a passphrase (keys.require_passphrase).
rule-there-is-no-room-left-on-the-server-s-disk-keep-your-text-and-tell-the-administrator = There is no room left on the server's disk. Keep your text and tell the administrator.
rule-there-is-no-such-key-among-those-that-you-may-see = There is no such key among those that you may see.
rule-there-is-no-such-place-within-the-roots-that-a-key-may-open = There is no such place within the roots that a key may open.
rule-this-does-not-work-at-the-moment-try-again-if-it-stays-so-tell-the-administrator = This does not work at the moment. Try again; if it stays so, tell the administrator.
rule-this-key-cannot-be-shown-again-it-was-sealed-with-another-secret-or-another-program-made-it = This key cannot be shown again: it was sealed with another secret, or another program made it.
rule-too-many-requests-wait-a-little-and-try-again = Too many requests. Wait a little and try again.
rule-two-different-keys = two different keys
