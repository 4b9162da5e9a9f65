//! `/raw/NAME`: the file behind a key as what its name says it is, for pictures, films, documents.
//!
//! It must never let what an author wrote run as ours, whoever hands over the bytes in the end, and never open a file under
//! another name than its own: the address says what is shown.

use actix_web::http::Method;
use actix_web::http::header::{
    CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue,
};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::answer::{ForProgram, nowhere};
use super::content::{self, Says};
use super::gate::asked_by_proxy;
use super::handed;
use super::key;
use super::methods::not_taken;
use super::shared::{Shared, moment};
use super::{facts, who};
use crate::error::{Kind, Refused};
use crate::gate::shows_picture;
use crate::names::Basename;
use crate::settings::Sendfile;

/// Nothing runs and nothing is fetched, and the document is of no origin: what GitHub's raw.githubusercontent.com says of
/// what strangers wrote. Styles inline may be: drawings in SVG are nothing without theirs, and a style can show no
/// more than the text can, since nothing that it points at is loaded. Pictures may stand in the file itself, as `data:`.
/// A form is sent nowhere, and no page of ours or of others shows it in a frame.
pub(super) const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'";
/// All but what RFC 8187 lets stand everywhere.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// The type of what has none.
const OCTETS: &str = "application/octet-stream";

/// All below `/raw`: GET and HEAD.
pub(super) async fn below(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    if request.match_info().unprocessed().is_empty() {
        return nowhere(&request, &shared);
    }
    match *request.method() {
        Method::GET | Method::HEAD => get(request, shared).await,
        _ => not_taken(&request, &shared, &[Method::GET, Method::HEAD]),
    }
}

/// A picture that is refused may be shown as another one; the status stays.
async fn get(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let refused = match answer(&request, &shared).await {
        Ok(answer) => return answer,
        Err(refused) => refused,
    };
    let shown = refused.kind == Kind::Refused;
    let mut response = ForProgram(refused).error_response();
    let carried = who::Carried {
        request: &request,
        shared: &shared,
    };
    if let Some(image) = shared.denied_image.as_ref().filter(|_| shown)
        && shows_picture(&carried)
    {
        response = image.in_place_of(response);
    }
    response
}

async fn answer(
    request: &HttpRequest,
    shared: &web::Data<Shared>,
) -> Result<HttpResponse, Refused> {
    let now = moment();
    let redeemed = key::redeemed(request, shared, now).await?;
    let name = redeemed.found.place.basename.clone();
    if asked(request, shared).as_deref() != Some(name.as_str()) {
        // As a wrong key, and counted as one: a key tells nothing about other names.
        let refused = Refused::new(Kind::Refused, "a good key, and not the name of its file");
        shared.refused(request, Some(redeemed.found.id), "other name");
        let network = facts::network(facts::client(request, shared));
        return Err(shared.wrong_key(refused, &network));
    }
    let (found, path) = redeemed.existing()?;
    let handed_over = handed_over_by(request, shared);
    if let Some((header, value)) = handed::over(handed_over, &path) {
        let utf8 = if is_text(&name) {
            content::utf8(shared, path, now).await?
        } else {
            // What we could not read ourselves is not for the proxy's account to read in our name.
            shared.access.openable(&path)?;
            false
        };
        shared.opened(request, &found, "raw");
        return Ok(headers_alone(says(&name, utf8), header, value));
    }
    let read = content::read(shared, path, now).await?;
    shared.opened(request, &found, "raw");
    Ok(content::answer(request, read, |utf8| says(&name, utf8)))
}

/// Who hands the bytes over: by the settings, and only to a proxy that may ask the gate. Anybody else would get nothing but
/// the path.
fn handed_over_by(request: &HttpRequest, shared: &Shared) -> Sendfile {
    if asked_by_proxy(request, shared) {
        shared.gate.sendfile
    } else {
        Sendfile::Own
    }
}

/// The headers, and the name of the file for the proxy. What is said of its revision is the proxy's: each of them makes an
/// entity tag of its own for what it sends, and answers conditions and ranges by that.
fn headers_alone(says: Says, header: &'static str, value: HeaderValue) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, says.kind))
        .insert_header((CONTENT_SECURITY_POLICY, says.policy))
        .insert_header((header, value));
    if let Some(disposition) = says.disposition {
        response.insert_header((CONTENT_DISPOSITION, disposition));
    }
    response.finish()
}

/// The name in the address, decoded once from what was really asked for.
fn asked(request: &HttpRequest, shared: &Shared) -> Option<String> {
    let base = shared.base_path.trim_end_matches('/');
    let behind = request.uri().path().strip_prefix(base)?;
    let name = percent_decode_str(behind.strip_prefix("/raw/")?);
    name.decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

fn says(name: &Basename, utf8: bool) -> Says {
    let kind = kind(name);
    let kind = if utf8 && kind.starts_with("text/") {
        HeaderValue::try_from(format!("{kind}; charset=utf-8"))
    } else {
        Ok(HeaderValue::from_static(kind))
    };
    Says {
        kind: kind.unwrap_or(HeaderValue::from_static(OCTETS)),
        policy: const { HeaderValue::from_static(POLICY) },
        disposition: HeaderValue::try_from(disposition(name.as_str())).ok(),
    }
}

fn kind(name: &Basename) -> &'static str {
    let guess = mime_guess::from_path(name.as_str());
    guess.first_raw().unwrap_or(OCTETS)
}

fn is_text(name: &Basename) -> bool {
    kind(name).starts_with("text/")
}

/// Shown in place, and called this when it is kept (RFC 6266): in plain letters for whoever reads nothing else, and in full
/// where the name has others (RFC 8187).
fn disposition(name: &str) -> String {
    let plain = |letter: char| {
        letter.is_ascii_alphanumeric() || matches!(letter, ' ' | '-' | '.' | '_' | '(' | ')' | ',')
    };
    if name.chars().all(plain) {
        return format!("inline; filename=\"{name}\"");
    }
    let fallback = name.replace(|letter| !plain(letter), "_");
    let in_full = utf8_percent_encode(name, ESCAPED);
    format!("inline; filename=\"{fallback}\"; filename*=UTF-8''{in_full}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_said_in_plain_letters_and_in_full() {
        for (name, said) in [
            ("a b.png", "inline; filename=\"a b.png\""),
            (
                "\"x\".png",
                "inline; filename=\"_x_.png\"; filename*=UTF-8''%22x%22.png",
            ),
            (
                "100%é;.png",
                "inline; filename=\"100___.png\"; filename*=UTF-8''100%25%C3%A9%3B.png",
            ),
        ] {
            assert_eq!(disposition(name), said);
        }
    }

    #[test]
    fn a_type_goes_by_the_name_and_a_charset_by_the_bytes() {
        for (name, utf8, kind) in [
            ("a.PNG", false, "image/png"),
            ("a.png", true, "image/png"),
            ("a.txt", true, "text/plain; charset=utf-8"),
            ("a.txt", false, "text/plain"),
            ("a.html", true, "text/html; charset=utf-8"),
            ("a.svg", true, "image/svg+xml"),
            ("a", true, OCTETS),
            ("a.no-such-type", true, OCTETS),
        ] {
            let name = Basename::parse(name).expect("a name");
            assert_eq!(says(&name, utf8).kind, kind, "{name:?}");
        }
    }
}
