//! What editkey is measured against: actix-web with one worker and nothing before the answer.
//!
//! `/` and `/auth/nginx` answer 204, `/lookup` finds the bearer token among a million keys first, `/read` reads a file of 1 KiB with
//! `std::fs::read` in the handler. It must never do more than that: every row of `benches/run` is a ratio to it.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;

use actix_web::http::header::AUTHORIZATION;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

/// Tokens that `/lookup` knows besides those it was given.
const KEYS: u32 = 1_000_000;

/// What the handlers need.
struct Shared {
    keys: HashMap<String, u32>,
    file: PathBuf,
}

/// `baseline PORT FILE [TOKENS [SOCKET]]`, served until it is killed.
#[actix_web::main]
async fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().and_then(|port| port.parse().ok());
    let (Some(port), Some(file)) = (port, arguments.next()) else {
        return Err(io::Error::other(
            "usage: baseline PORT FILE [TOKENS [SOCKET]]",
        ));
    };
    let given = match arguments.next() {
        Some(tokens) => std::fs::read_to_string(tokens)?,
        None => String::new(),
    };
    let filler = (0..KEYS).map(|number| (format!("{number:024}"), number));
    let shared = web::Data::new(Shared {
        keys: given
            .lines()
            .map(|token| (token.to_owned(), 0))
            .chain(filler)
            .collect(),
        file: file.into(),
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .route("/", web::get().to(HttpResponse::NoContent))
            .route("/auth/nginx", web::get().to(HttpResponse::NoContent))
            .route("/lookup", web::get().to(lookup))
            .route("/read", web::get().to(read))
    })
    .workers(1)
    .bind(("127.0.0.1", port))?;
    match arguments.next() {
        Some(socket) => server.bind_uds(socket)?.run().await,
        None => server.run().await,
    }
}

async fn lookup(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let token = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match token.and_then(|token| shared.keys.get(token)) {
        Some(_) => HttpResponse::NoContent().finish(),
        None => HttpResponse::NotFound().finish(),
    }
}

async fn read(shared: web::Data<Shared>) -> io::Result<HttpResponse> {
    Ok(HttpResponse::Ok().body(std::fs::read(&shared.file)?))
}
