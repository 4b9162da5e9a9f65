//! `/openapi.json`: it is the document in the repository, it names what the server answers and nothing else, and each of
//! its examples is answered as it says.

mod document;
mod scene;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use regex::Regex;
use serde_json::{Value, json};

use crate::support::beside::repository;
use crate::support::{Request, TestApp, Tree};
use document::{Document, METHODS, Operation, problem};
use scene::Scene;

/// What the program says at this address, below a base path.
fn served(app: &TestApp, base: &str) -> Value {
    let reply = app.send(&Request::get(format!("{base}/openapi.json")));
    let reply = reply.expect(200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    reply.json()
}

#[test]
fn the_description_is_that_of_the_repository_at_this_servers_address() {
    let mut written = Document::read().whole;
    assert_eq!(written["info"]["version"], env!("CARGO_PKG_VERSION"));
    let app = TestApp::start();
    assert_eq!(served(&app, ""), written);
    let tree = Tree::with(|settings| {
        settings["base_path"] = json!("/edit/");
        settings["public_url"] = json!("http://editkey.test/edit/");
    });
    let below = TestApp::on(Arc::new(tree));
    written["servers"][0]["url"] = json!("/edit");
    assert_eq!(served(&below, "/edit"), written);
    below.send(&Request::get("/openapi.json")).expect(404);
}

#[test]
fn the_description_is_asked_for_again_and_sent_only_where_it_is_another() {
    let app = TestApp::start();
    let ask = |method: &str| Request::new(method, "/openapi.json");
    let first = app.send(&ask("GET")).expect(200);
    let tag = first.header("etag").expect("a revision");
    assert_eq!(first.header("cache-control"), Some("public, no-cache"));
    let again = app.send(&ask("GET").header("If-None-Match", tag));
    let again = again.expect(304);
    assert!(again.body.is_empty());
    assert_eq!(again.header("etag"), Some(tag));
    app.send(&ask("GET").header("If-None-Match", "\"another\""))
        .expect(200);
    let head = app.send(&ask("HEAD")).expect(200);
    assert_eq!(head.header("etag"), Some(tag));
    let length = first.body.len().to_string();
    assert_eq!(head.header("content-length"), Some(&*length));
    for method in ["PUT", "POST", "DELETE", "OPTIONS"] {
        app.send(&ask(method)).expect(405);
    }
}

#[test]
fn the_description_is_a_valid_one_of_openapi_3_1() {
    let schema =
        repository("target/wheels/openapi_spec_validator/resources/schemas/v3.1/schema.json");
    let schema = fs::read(schema).expect("the schema of OpenAPI; ./test installs it");
    let schema: Value = serde_json::from_slice(&schema).expect("JSON");
    let whole = Document::read().whole;
    assert_eq!(problem(&schema, &whole), None);
    // It is a schema that says no, too.
    let mut wrong = whole;
    wrong["paths"]["/healthz"]["get"]["responses"]["200"]["description"] = json!(1);
    assert_ne!(problem(&schema, &wrong), None);
}

#[test]
fn every_example_in_the_description_is_of_its_schema() {
    let document = Document::read();
    let mut examples = 0;
    for operation in document.operations() {
        let parameters = operation.parameters.iter().copied();
        let bodies = operation.bodies();
        let bodies = bodies.iter().map(|body| (body.schema, body.example));
        let all = parameters
            .filter_map(|parameter| Some((&parameter["schema"], parameter.get("example")?)))
            .chain(bodies);
        for (schema, example) in all {
            let wrong = document.problem(schema, example);
            assert!(wrong.is_none(), "{operation}: {example}: {wrong:?}");
            examples += 1;
        }
        let needed = operation.parameters.iter();
        let needed = needed.filter(|parameter| parameter["required"] == true);
        for parameter in needed {
            assert!(parameter.get("example").is_some(), "{parameter}");
        }
    }
    assert!(examples > 40, "only {examples} were found");
}

/// The request that an operation's examples make, without any credential.
fn bare(operation: &Operation<'_>) -> Request {
    let query = operation.query(&|value| value.clone());
    let target = operation.target(&|value| value.clone(), &query);
    Request::new(&operation.method, target)
}

#[test]
fn what_the_description_names_is_answered_and_nothing_else_there() {
    let app = Scene::start().app;
    let document = Document::read();
    let operations = document.operations();
    let named = |path: &str, method: &str| {
        let mut operations = operations.iter();
        operations.any(|one| one.method == method && one.path == path)
    };
    for operation in &operations {
        let reply = app.send(&bare(operation));
        let nowhere = app.send(&Request::new(&operation.method, "/api/nowhere/at-all"));
        assert_eq!(nowhere.status, 404);
        assert_ne!(reply.but_for_date(), nowhere.but_for_date(), "{operation}");
        assert!(!matches!(reply.status, 404 | 405), "{operation}: {reply:?}");
        for method in METHODS {
            if named(operation.path, method) {
                continue;
            }
            let other = app.send(&bare(&operation.by(method)));
            if operation.answers_any_method() {
                assert_eq!(other.status, reply.status, "{method} {operation}");
            } else {
                assert_eq!(other.status, 405, "{method} {operation}: {other:?}");
                let allowed = other.header("allow").expect("the methods it takes");
                for method in METHODS {
                    let said = allowed.split(", ").any(|one| one == *method);
                    assert_eq!(
                        said,
                        named(operation.path, method),
                        "{operation}: {allowed}"
                    );
                }
                let kind = other.header("content-type");
                assert_eq!(kind, Some("application/problem+json"), "{other:?}");
                assert_eq!(other.body.is_empty(), *method == "HEAD", "{other:?}");
            }
        }
    }
}

/// The addresses below `/api` in the files of a folder that end so.
fn addresses(folder: &Path, end: &str, found: &mut BTreeSet<String>) {
    let address = Regex::new(r"\bapi/[A-Za-z0-9_{}/-]*").expect("a pattern");
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            addresses(&path, end, found);
        } else if path.to_string_lossy().ends_with(end) {
            let text = fs::read_to_string(&path).expect("a text");
            found.extend(
                address
                    .find_iter(&text)
                    .map(|hit| format!("/{}", hit.as_str())),
            );
        }
    }
}

/// Whether `address` is one of the template `path`.
fn is_of(path: &str, address: &str) -> bool {
    let (parts, words) = (path.split('/'), address.split('/'));
    parts.clone().count() == words.clone().count()
        && parts
            .zip(words)
            .all(|(part, word)| match part.split_once('{') {
                Some((before, _)) => word
                    .strip_prefix(before)
                    .is_some_and(|rest| !rest.is_empty()),
                None => part == word,
            })
}

#[test]
fn every_address_that_a_document_or_the_page_names_is_described() {
    let mut named = BTreeSet::new();
    addresses(&repository("docs"), ".md", &mut named);
    addresses(&repository("web/src"), ".ts", &mut named);
    assert!(named.len() > 12, "{named:?}");
    let document = Document::read();
    let paths: BTreeSet<&str> = document.operations().iter().map(|one| one.path).collect();
    let unknown: Vec<&String> = named
        .iter()
        .filter(|address| !paths.iter().any(|path| is_of(path, address)))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_example_in_the_description_is_answered_as_it_says() {
    let document = Document::read();
    let scene = Scene::start();
    for operation in document.operations() {
        let replies = scene.replies(&document, &operation);
        let good = replies.iter().filter(|reply| reply.status < 400).count();
        assert!(good > 0, "{operation}: no example is what succeeds");
        for reply in &replies {
            document.hold(&operation, reply);
        }
    }
}
