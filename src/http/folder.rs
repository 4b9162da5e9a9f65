//! What a start page shows of the folders that are granted, as links that need no script: `/` all of them, and
//! `/?dirname=D` what is in one.
//!
//! It holds no key: a file's link is the ask for its bookmark.

use actix_web::HttpRequest;

use super::files_api::{self, PAGE};
use super::query::Query;
use super::shared::Shared;
use crate::access::Known;
use crate::access::browse::{After, Entry, Page, kind_word};
use crate::error::{Kind as Cause, Refused};
use crate::names::{Dirname, Rights};
use crate::resolve::Kind;

/// A link.
pub(super) struct Link {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) dirname: String,
    pub(super) rights: &'static str,
    pub(super) href: String,
}

/// What is shown.
#[derive(Default)]
pub(super) struct Folder {
    /// Which folder it is; empty for all that are granted.
    pub(super) dirname: String,
    pub(super) entries: Vec<Link>,
    /// What the next page comes behind, and the way there; empty where there is none.
    pub(super) next: String,
    pub(super) more: String,
    /// Whether there is more than is ever shown.
    pub(super) bounded: bool,
    /// Where a new file may be made.
    pub(super) new_in: Vec<String>,
}

/// Whether `/` is asked for a folder, and not for what a key opens.
pub(super) fn is_asked(request: &HttpRequest) -> bool {
    Query::of(request)
        .is_ok_and(|query| query.value("dirname").is_some() && query.value("accesskey").is_none())
}

impl Folder {
    /// What `request` asks for, as far as whom `known` is may see it.
    ///
    /// # Errors
    /// As [`files_api::listed`]; [`Cause::Malformed`].
    pub(super) async fn of(
        request: &HttpRequest,
        shared: &Shared,
        known: &Known,
    ) -> Result<Self, Refused> {
        let query = Query::of(request)?;
        query.only(
            &["dirname", "after"],
            "a folder is asked for by dirname alone",
        )?;
        let rule = "after is what 'next' said";
        let after = query.value("after").map(str::parse::<After>).transpose();
        let after = after.map_err(|_| Refused::new(Cause::Malformed(rule), rule))?;
        let dirname = query.value("dirname").map(Dirname::parse).transpose()?;
        if dirname.is_none() && known.is_empty() {
            return Ok(Self::default());
        }
        let at = (after, PAGE);
        let page = files_api::listed(request, shared, known, dirname.clone(), at).await?;
        Ok(Self::shown(&page, dirname))
    }

    fn shown(page: &Page, dirname: Option<Dirname>) -> Self {
        let new_in: Vec<String> = match &dirname {
            Some(dirname) if page.rights == Some(Rights::Edit) => vec![dirname.to_string()],
            Some(_) => Vec::new(),
            None => page
                .entries
                .iter()
                .filter(|entry| entry.rights == Rights::Edit)
                .map(|entry| entry.dirname.to_string())
                .collect(),
        };
        let dirname = dirname.map_or_else(String::new, |dirname| dirname.to_string());
        let next = page
            .next
            .as_ref()
            .map_or_else(String::new, After::to_string);
        Self {
            entries: page.entries.iter().map(Link::of).collect(),
            more: match next.as_str() {
                "" => String::new(),
                next => address("./", &[("dirname", &dirname), ("after", next)]),
            },
            next,
            dirname,
            bounded: page.bounded.is_some(),
            new_in,
        }
    }
}

impl Link {
    fn of(entry: &Entry) -> Self {
        let dirname = entry.dirname.as_str();
        Self {
            kind: kind_word(entry.kind),
            name: entry.name.clone(),
            dirname: dirname.to_owned(),
            rights: entry.rights.as_str(),
            href: match entry.kind {
                Kind::Directory => address("./", &[("dirname", dirname)]),
                Kind::File => address(
                    "./redirect",
                    &[("dirname", dirname), ("basename", &entry.name)],
                ),
            },
        }
    }
}

/// An address from the base path, with a query.
fn address(path: &str, query: &[(&str, &str)]) -> String {
    let start = format!("{path}?");
    let behind = start.len();
    let mut text = form_urlencoded::Serializer::for_suffix(start, behind);
    // An empty folder is no folder.
    text.extend_pairs(query.iter().filter(|(_, value)| !value.is_empty()));
    text.finish()
}
