//! A visitor's own start page: the folders that are granted, their keys, and a form to open a file.
//!
//! No key stands in it: the way to a file is the ask that its key answered, which leads to the same key again. One with a
//! passphrase answers no ask without it: a button of a form opens it.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::assets::asset;
use super::folder::{Folder, Link};
use super::manage::{self, Asker, Frame, Here, Row, Side, When};
use super::shared::{Shared, moment};
use super::words::Words;
use crate::error::Refused;
use crate::names::Scope;
use crate::store::{Found, Hit, Search, Sort, State};

/// Most keys on the page.
const KEYS: usize = 50;
/// More than so many are searched.
const FEW: usize = 8;

/// Most files that were opened before.
const RECENT: usize = 8;
/// As the pages that manage keys, whose script sends nothing; this one's asks for what is in a folder.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// A file that was opened before.
struct Recent {
    name: String,
    dirname: String,
    href: String,
    used: When,
}

/// One of the visitor's keys.
struct Own {
    row: Row,
    /// How its name leads to it.
    way: Way,
}

/// The way to a file.
enum Way {
    /// The ask that the key answered.
    Ask(String),
    /// A form that opens the key itself.
    Form,
    /// The key's page alone: it was made for somebody else's hands.
    About,
}

#[derive(Template)]
#[template(path = "start.html")]
struct Start {
    words: Words,
    frame: Frame,
    script: String,
    token: String,
    /// Whether anything is granted.
    browses: bool,
    folder: String,
    entries: Vec<Link>,
    next: String,
    more: String,
    bounded: bool,
    new_in: Vec<String>,
    recent: Vec<Recent>,
    many: bool,
    files: Vec<Own>,
}

/// The page.
///
/// # Errors
/// [`Kind::Refused`](crate::error::Kind::Refused) for nobody, and for a folder that is not granted; what the stores say.
pub(super) async fn page(request: &HttpRequest, shared: &Shared) -> Result<HttpResponse, Refused> {
    let now = moment();
    let asker = Asker::of(request, shared, Side::Own, now).await?;
    let folder = Folder::of(request, shared, &asker.known).await?;
    let search = |sort| Search {
        state: Some(State::Live),
        limit: KEYS,
        sort,
        ..Search::default()
    };
    let manager = &asker.manager;
    let own = shared.access.list(manager, search(Sort::Created), now);
    let own = own.await?;
    let used = shared.access.list(manager, search(Sort::Used), now).await?;
    let words = asker.words.clone();
    let start = Start {
        frame: Frame::of(&asker, shared, Here("start", "./")),
        script: asset("./", "start.js"),
        browses: !asker.known.is_empty(),
        recent: recent(used.keys),
        folder: folder.dirname,
        entries: folder.entries,
        next: folder.next,
        more: folder.more,
        bounded: folder.bounded,
        new_in: folder.new_in,
        many: own.total > FEW,
        token: asker.token.clone(),
        files: own
            .keys
            .iter()
            .map(|hit| Own {
                row: Row::of(hit, Side::Own, "./", &words),
                way: way(&hit.found),
            })
            .collect(),
        words,
    };
    let mut answer = manage::page(&start)?;
    let policy = HeaderValue::from_static(start.referrer());
    answer.headers_mut().insert(REFERRER_POLICY, policy);
    let policy = HeaderValue::from_static(POLICY);
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    Ok(answer)
}

/// The files that were opened last, each once: on one day, those whose key is newer first.
fn recent(mut used: Vec<Hit>) -> Vec<Recent> {
    used.retain(|hit| {
        let opened = hit.uses.day.is_some() && hit.found.scope == Scope::File;
        opened && matches!(way(&hit.found), Way::Ask(_))
    });
    used.sort_by_key(|hit| std::cmp::Reverse((hit.uses.day, hit.found.created)));
    let mut files: Vec<Recent> = Vec::new();
    for hit in used {
        let (dirname, name) = (&hit.found.place.dirname, &hit.found.place.basename);
        let same = |file: &Recent| file.name == name.as_str() && file.dirname == dirname.as_str();
        if files.len() < RECENT && !files.iter().any(same) {
            files.push(Recent {
                name: name.to_string(),
                dirname: dirname.to_string(),
                href: ask(&hit.found),
                used: When::on(hit.uses.day),
            });
        }
    }
    files
}

impl Start {
    /// Where a form opens a key, it has to say where it comes from; else nobody needs to know.
    fn referrer(&self) -> &'static str {
        if self.files.iter().any(|own| matches!(own.way, Way::Form)) {
            "same-origin"
        } else {
            "no-referrer"
        }
    }
}

fn way(found: &Found) -> Way {
    match found.limits() {
        Some(limits) if limits.is_apart() => Way::About,
        Some(limits) if limits.is_new() => Way::Form,
        _ => Way::Ask(ask(found)),
    }
}

/// The ask that a key answered, from the base path.
fn ask(found: &Found) -> String {
    let start = "./redirect?";
    let mut query = form_urlencoded::Serializer::for_suffix(start.to_owned(), start.len());
    query
        .append_pair("dirname", found.place.dirname.as_str())
        .append_pair("basename", found.place.basename.as_str())
        .append_pair("rights", found.rights.as_str());
    if found.scope != Scope::File {
        query.append_pair("scope", found.scope.as_str());
    }
    if let Some(end) = found.expires {
        query.append_pair("expires", &end.to_string());
    }
    query.finish()
}
