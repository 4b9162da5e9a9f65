//! All that is known of one key, a line a fact.

use super::Side;
use super::row::When;
use crate::mint::Bind;
use crate::store::{Found, Hit, State};

/// One thing that is known.
#[derive(Default)]
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) text: String,
    pub(super) href: String,
    pub(super) code: bool,
    pub(super) moment: When,
}

/// What is known of `found`, which was found as `hit` and carries those it was derived from.
pub(super) fn facts(hit: &Hit, found: &Found, side: Side, base: &str) -> Vec<Fact> {
    let mut facts = texts(hit, found);
    let time = |name, moment: When, none: &str| Fact {
        name,
        text: if moment.text.is_empty() {
            none.to_owned()
        } else {
            String::new()
        },
        moment,
        ..Fact::default()
    };
    facts.push(time(
        "Last use",
        When::on(hit.uses.day),
        "never, as far as is known",
    ));
    facts.push(time("Created", When::at(found.created), "unknown"));
    facts.push(time("Ends", When::at(found.expires), "never"));
    facts.push(made_for(found, side, base));
    facts.push(Fact {
        name: "Key id",
        text: found.id.to_string(),
        code: true,
        ..Fact::default()
    });
    facts
}

fn texts(hit: &Hit, found: &Found) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |name, text: String| {
        facts.push(Fact {
            name,
            text,
            ..Fact::default()
        });
    };
    add("Path", found.place.to_string());
    if let Some(label) = found.label() {
        add("Label", label.as_str().to_owned());
    }
    add("Rights", rights(found));
    add(
        "State",
        match hit.state {
            State::Live => "live".to_owned(),
            State::Expired => "ended: it opens nothing any more".to_owned(),
        },
    );
    if let Some(idle) = found.limits().and_then(|limits| limits.idle) {
        add("Ends when unused", format!("for {} days", idle.as_days()));
    }
    if let Some((whose, _)) = found.passphrase() {
        let own = whose == found.id;
        let text = if own {
            "asked for"
        } else {
            "asked for, that of the key above"
        };
        add("Passphrase", text.to_owned());
    }
    for (whose, claims) in found.claims() {
        let of = if whose == found.id {
            ""
        } else {
            ", of the key above"
        };
        let (have, left) = (claims.browsers.len(), claims.left);
        add(
            "Browsers",
            format!("{have} have it, {left} may still claim it{of}"),
        );
    }
    if found.bind == Bind::Visitor {
        add("Usable by", "only the visitor it was made for".to_owned());
    }
    add("Uses", hit.uses.count.to_string());
    facts
}

/// Its own rights, and what is left of them along its line.
fn rights(found: &Found) -> String {
    let least = found.line().map(|key| key.rights).min();
    let own = found.rights.as_str();
    match least {
        Some(least) if least < found.rights => {
            format!("{own}, but {} by the key above", least.as_str())
        }
        _ => own.to_owned(),
    }
}

fn made_for(found: &Found, side: Side, base: &str) -> Fact {
    let known = !found.by.is_empty();
    let mut href = String::new();
    if side == Side::All && known && &*found.by != "operator" {
        let start = format!("{base}admin/visitor?");
        let behind = start.len();
        let mut query = form_urlencoded::Serializer::for_suffix(start, behind);
        href = query.append_pair("visitor", &found.by).finish();
    }
    Fact {
        name: "Made for",
        text: if known {
            found.by.to_string()
        } else {
            "unknown".to_owned()
        },
        href,
        ..Fact::default()
    }
}
