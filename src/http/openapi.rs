//! `/openapi.json`: what can be asked of this server, for programs (`OpenAPI` 3.1).
//!
//! It is docs/openapi.json, whoever asks, and says nothing that the other documents do not; only the address is this server's.

use std::sync::OnceLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::conditions;
use super::methods::Methods;
use super::shared::Shared;
use crate::files::Revision;

/// The document, as it stands in the repository.
const DOCUMENT: &str = include_str!("../../docs/openapi.json");

/// The document of one server, made when somebody asks for it first.
pub(super) struct Description {
    base_path: String,
    made: OnceLock<Made>,
}

struct Made {
    text: Bytes,
    revision: Revision,
}

/// Its parts, in their order. All but the servers stay as they are written.
#[derive(Deserialize, Serialize)]
struct Parts<'a> {
    #[serde(borrow)]
    openapi: &'a RawValue,
    #[serde(borrow)]
    info: &'a RawValue,
    servers: [Server; 1],
    #[serde(borrow)]
    tags: &'a RawValue,
    #[serde(borrow)]
    paths: &'a RawValue,
    #[serde(borrow)]
    components: &'a RawValue,
}

#[derive(Deserialize, Serialize)]
struct Server {
    url: String,
    description: String,
}

impl Description {
    /// The document of a server below `base_path`.
    pub(super) fn below(base_path: &str) -> Self {
        Self {
            base_path: base_path.to_owned(),
            made: OnceLock::new(),
        }
    }

    fn made(&self) -> &Made {
        self.made.get_or_init(|| {
            // A test holds that the document has these parts.
            let text = of_server(&self.base_path).unwrap_or_else(|_| DOCUMENT.to_owned());
            Made {
                revision: Revision::of_contents(text.as_bytes()),
                text: text.into(),
            }
        })
    }
}

fn of_server(base_path: &str) -> serde_json::Result<String> {
    let mut parts: Parts<'_> = serde_json::from_str(DOCUMENT)?;
    let [server] = &mut parts.servers;
    // Paths begin with a slash: they are put behind the address as it stands.
    server.url = match base_path.trim_end_matches('/') {
        "" => "/".to_owned(),
        base => base.to_owned(),
    };
    serde_json::to_string(&parts)
}

/// The address, below `base`.
pub(super) fn routes(config: &mut web::ServiceConfig, base: &str) {
    config.service(Methods::at(format!("{base}/openapi.json")).shown_by(get));
}

/// GET and HEAD.
async fn get(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let Made { text, revision } = shared.description.made();
    let unchanged = conditions::known(&request, revision);
    let mut response = if unchanged {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    // It may be kept, and is asked for again: another version of the program says something else here.
    response
        .insert_header((CACHE_CONTROL, "public, no-cache"))
        .insert_header((ETAG, revision.to_string()));
    if unchanged {
        return response.finish();
    }
    response
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(Bytes::clone(text))
}
