//! All that is known of one key, a line a fact.

use super::super::words::{Values, Words};
use super::Side;
use super::row::When;
use super::wanted::rights;
use crate::mint::Bind;
use crate::store::{Found, Hit, State};

/// One thing that is known.
#[derive(Default)]
pub(super) struct Fact {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) href: String,
    pub(super) code: bool,
    pub(super) moment: When,
}

/// What is known of `found`, which was found as `hit` and carries those it was derived from.
pub(super) fn facts(hit: &Hit, found: &Found, side: Side, base: &str, words: &Words) -> Vec<Fact> {
    let mut facts = texts(hit, found, words);
    let time = |name, moment: When, none: &str| Fact {
        name: words.say(name),
        text: if moment.text.is_empty() {
            words.say(none)
        } else {
            String::new()
        },
        moment,
        ..Fact::default()
    };
    facts.push(time("key-used", When::on(hit.uses.day), "never-known"));
    facts.push(time("key-created", When::at(found.created), "unknown"));
    facts.push(time("key-ends", When::at(found.expires), "never"));
    facts.push(made_for(found, side, base, words));
    facts.push(Fact {
        name: words.say("key-id"),
        text: found.id.to_string(),
        code: true,
        ..Fact::default()
    });
    facts
}

fn texts(hit: &Hit, found: &Found, words: &Words) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |name, text: String| {
        facts.push(Fact {
            name: words.say(name),
            text,
            ..Fact::default()
        });
    };
    add("key-path", found.place.to_string());
    if let Some(label) = found.label() {
        add("key-label", label.as_str().to_owned());
    }
    add("key-rights", rights_left(found, words));
    let state = match hit.state {
        State::Live => words.with("state", &[("state", &"live")]),
        State::Expired => words.say("state-ended"),
    };
    add("key-state", state);
    if let Some(idle) = found.limits().and_then(|limits| limits.idle) {
        let days = words.with("unused-for", &[("days", &u64::from(idle.as_days()))]);
        add("key-ends-unused", days);
    }
    if let Some((whose, _)) = found.passphrase() {
        let own = whose == found.id;
        let text = if own {
            words.say("passphrase-asked")
        } else {
            words.say("passphrase-asked-above")
        };
        add("passphrase", text);
    }
    for (whose, claims) in found.claims() {
        let (have, left) = (claims.browsers.len(), u64::from(claims.left));
        let values: Values<'_> = &[("have", &have), ("left", &left)];
        let text = if whose == found.id {
            words.with("browsers", values)
        } else {
            words.with("browsers-above", values)
        };
        add("key-browsers", text);
    }
    if found.bind == Bind::Visitor {
        add("key-usable-by", words.say("only-visitor"));
    }
    add("key-uses", hit.uses.count.to_string());
    facts
}

/// Its own rights, and what is left of them along its line.
fn rights_left(found: &Found, words: &Words) -> String {
    let least = found.line().map(|key| key.rights).min();
    let own = rights(words, found.rights);
    match least {
        Some(least) if least < found.rights => {
            let least = rights(words, least);
            words.with("rights-less", &[("own", &own), ("least", &least)])
        }
        _ => own,
    }
}

fn made_for(found: &Found, side: Side, base: &str, words: &Words) -> Fact {
    let known = !found.by.is_empty();
    let mut href = String::new();
    if side == Side::All && known && &*found.by != "operator" {
        let start = format!("{base}admin/visitor?");
        let behind = start.len();
        let mut query = form_urlencoded::Serializer::for_suffix(start, behind);
        href = query.append_pair("visitor", &found.by).finish();
    }
    Fact {
        name: words.say("key-made-for"),
        text: if known {
            found.by.to_string()
        } else {
            words.say("unknown")
        },
        href,
        ..Fact::default()
    }
}
