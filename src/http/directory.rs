//! The page behind a bookmark of a directory: what it opens, and until when.
//!
//! It must never list what is there, nor say where the directory is.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::answer::html;
use super::assets::asset;
use super::gate::enter::Button;
use super::redirect::Field;
use super::shared::Shared;
use super::words::Words;
use crate::error::Refused;
use crate::mint::AccessKey;
use crate::store::Found;

#[derive(Template)]
#[template(path = "directory.html")]
struct Directory {
    words: Words,
    style: String,
    icon: String,
    what: String,
    rights: &'static str,
    /// Empty where it has no end.
    expires: String,
    /// The hidden fields of the button's form; no button where there is nowhere to enter.
    enter: Option<Vec<Field>>,
}

/// The page of a key that was opened just now, with the button where the gate serves the directory.
pub(super) fn page(
    request: &HttpRequest,
    shared: &Shared,
    key: &AccessKey,
    found: &Found,
) -> Result<HttpResponse, Refused> {
    let words = Words::of(request, shared);
    let Ok(mut button) = Button::of(request, shared, key, found, None) else {
        return html(&of(words, found, None));
    };
    let mut answer = html(&of(words, found, Some(button.take_fields())))?;
    button.allow(&mut answer)?;
    Ok(answer)
}

fn of(words: Words, found: &Found, enter: Option<Vec<Field>>) -> Directory {
    Directory {
        style: asset("./", "style.css"),
        icon: asset("./", "favicon.svg"),
        what: all_files_in(&words, found.place.basename.as_str()),
        rights: found.rights.as_str(),
        expires: found.expires.map(|end| end.to_string()).unwrap_or_default(),
        enter,
        words,
    }
}

/// How a directory's key is named to a person.
pub(super) fn all_files_in(words: &Words, basename: &str) -> String {
    words.with("all-files-in", &[("name", &basename)])
}

#[cfg(test)]
mod tests {
    use super::super::words::Languages;
    use super::*;

    fn rendered(expires: &str, enter: Option<Vec<Field>>) -> String {
        let words = Languages::embedded().english();
        let page = Directory {
            style: String::new(),
            icon: String::new(),
            what: all_files_in(&words, "<b> & co"),
            words,
            rights: "view",
            expires: expires.to_owned(),
            enter,
        };
        page.render().expect("a page")
    }

    #[test]
    fn the_button_is_there_where_there_is_somewhere_to_enter() {
        let without = rendered("", None);
        assert!(
            !without.contains("<form") && !without.contains("<b> &"),
            "{without}"
        );
        assert!(without.contains("It has no end"), "{without}");
        let field = Field {
            name: "accesskey",
            value: "\"8oQ".to_owned(),
        };
        let with = rendered("2027-01-01T00:00:00Z", Some(vec![field]));
        assert!(
            with.contains(r#"<form method="post" action="./enter">"#),
            "{with}"
        );
        assert!(
            with.contains(r#"name="accesskey" value="&#34;8oQ""#),
            "{with}"
        );
        assert!(with.contains("It ends at 2027-01-01T00:00:00Z"), "{with}");
    }
}
