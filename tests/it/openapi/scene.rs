//! A server in which the examples of the description stand for something: its directories, a key, a ticket.

use std::cell::Cell;
use std::time::Duration;

use serde_json::{Value, json};

use super::document::{Body, Document, Operation, plain};
use crate::support::listener::Listener;
use crate::support::sign_in::token;
use crate::support::wire::encode;
use crate::support::{Jar, Reply, Request, TestApp, hash_text};

/// The server. Its visitor ann may see to all keys, since the host that knows her is an administrator.
pub(crate) struct Scene {
    pub(crate) app: TestApp,
    /// How many keys were made: each is another.
    made: Cell<u32>,
}

/// What one request is about.
struct Stage {
    /// The session of ann.
    ann: Jar,
    key: String,
    /// What stands in the examples, and what is meant by it.
    words: Vec<(String, String)>,
    /// The cookies of a browser that was shown a form.
    shown: Jar,
}

impl Scene {
    pub(crate) fn start() -> Self {
        let app = TestApp::with(|settings| {
            settings["hosts"][0]["admin"] = json!(true);
            settings["gate"] = json!({
                "mounts": [{"urls": ["/album"], "directory": settings["roots"][0]}],
            });
        });
        let tree = &app.tree;
        std::fs::create_dir_all(tree.path.join("root/a/img")).expect("a folder");
        tree.write("root/a/x.md", "# A document\n");
        tree.write("root/a/img/a.png", b"\x89PNG\r\n\x1a\n-and-more");
        Self {
            app,
            made: Cell::new(0),
        }
    }

    /// The answers to all requests that the operation's examples make: with what is needed alone and with all, with each body,
    /// and by each way to say who asks.
    pub(crate) fn replies(&self, document: &Document, operation: &Operation<'_>) -> Vec<Reply> {
        let needed = operation.with_what_it_needs();
        let bodies: Vec<Option<Body<'_>>> = match operation.bodies() {
            none if none.is_empty() => vec![None],
            bodies => bodies.into_iter().map(Some).collect(),
        };
        let mut replies = Vec::new();
        for one in [&needed, operation] {
            for body in &bodies {
                for credentials in operation.credentials() {
                    replies.push(self.reply(document, one, body.as_ref(), &credentials));
                }
            }
        }
        replies
    }

    fn reply(
        &self,
        document: &Document,
        operation: &Operation<'_>,
        body: Option<&Body<'_>>,
        credentials: &[&str],
    ) -> Reply {
        let stage = self.stage(document, operation);
        let filled = |value: &Value| stage.filled(value);
        let mut query = operation.query(&filled);
        if credentials.contains(&"accessKeyQuery") {
            query.push(format!("accesskey={}", stage.key));
        }
        let mut request = Request::new(&operation.method, operation.target(&filled, &query))
            .header("Sec-Fetch-Site", "same-origin");
        for (name, value) in operation.examples("header", &filled) {
            request = request.header(name, &value);
        }
        let mut cookies = &stage.shown;
        for credential in credentials {
            match *credential {
                "accessKey" => request = request.bearer(&stage.key),
                "hostToken" => request = request.bearer(&self.app.tree.cms_token),
                "session" => cookies = &stage.ann,
                "accessKeyQuery" => {}
                other => panic!("{operation}: {other}"),
            }
        }
        request = request.jar(cookies);
        if let Some(body) = body {
            request = with_body(request, body.kind, &filled(body.example));
        }
        if operation.path == "/api/file/events" {
            return self.heard(document, &request);
        }
        self.app.send(&request)
    }

    /// The head of an answer that has no end, whose first event is as the document says.
    fn heard(&self, document: &Document, request: &Request) -> Reply {
        let mut listener = Listener::open(self.app.address, request);
        let head = listener.head() + "\r\n\r\n";
        let within = Duration::from_secs(5);
        for (name, schema) in [
            ("key", "EventKey"),
            ("file", "EventFile"),
            ("presence", "EventPresence"),
        ] {
            let (data, _) = listener.named(name, within);
            let schema = &document.whole["components"]["schemas"][schema];
            let wrong = document.problem(schema, &data);
            assert!(!schema.is_null() && wrong.is_none(), "{data}: {wrong:?}");
        }
        let mut reply = Reply::parse(head.as_bytes(), true, false).expect("a head");
        reply.body = b"event: key".to_vec();
        reply
    }

    /// A fresh key with one derived from it, a fresh grant, and a form that a page of ours showed.
    fn stage(&self, document: &Document, operation: &Operation<'_>) -> Stage {
        let app = &self.app;
        // What a host takes back is gone from the sessions before.
        let ann = app.editor("ann");
        self.made.set(self.made.get() + 1);
        let hours = format!("{}h", 100 + self.made.get());
        let key = app.mint_with("root/a", "x.md", &[("expires", &hours)], &ann);
        let derive = Request::new("POST", "/api/key/derive").bearer(&key);
        let child = app.send(&derive.json(&json!({}))).expect(201).json();
        let granted =
            app.host_grant(&json!({"user": "ann", "directories": [app.tree.at("root/a")]}));
        let granted = granted.expect(201).json();
        let ticket = granted["url"]
            .as_str()
            .and_then(|url| url.split_once("?ticket="));
        let (_, ticket) = ticket.expect("a ticket");
        let mut shown = Jar::default();
        let form = match operation.path {
            // A key that nobody has made yet.
            "/redirect" => {
                let ask = app.redirect_target("root/a/deep", "x.md", &[]);
                let ask = Request::get(ask).header("Sec-Fetch-Site", "cross-site");
                token(&app.send(&ask.jar(&ann)).expect(200))
            }
            "/enter" => {
                let page = app.send(&Request::get(format!("/enter?accesskey={key}")));
                let page = page.expect(200);
                shown.absorb(&page);
                token(&page)
            }
            _ => String::new(),
        };
        let said = |pointer: &str| {
            let said = document.whole.pointer(pointer);
            plain(said.unwrap_or_else(|| panic!("no {pointer}")))
        };
        let form_of_enter =
            "/paths/~1enter/post/requestBody/content/application~1x-www-form-urlencoded/example";
        let words = vec![
            ("/srv/site".to_owned(), app.tree.at("root")),
            (
                said("/components/parameters/KeyId/example"),
                hash_text(&key),
            ),
            (
                said("/paths/~1api~1key/delete/parameters/0/example"),
                plain(&child["id"]),
            ),
            (
                said("/paths/~1api~1grants~1{id}/delete/parameters/0/example"),
                plain(&granted["id"]),
            ),
            (said(&format!("{form_of_enter}/accesskey")), key.clone()),
            ("TICKET".to_owned(), ticket.to_owned()),
            ("TOKEN".to_owned(), form),
        ];
        Stage {
            ann,
            key,
            words,
            shown,
        }
    }
}

impl Stage {
    /// An example, as it is meant here.
    fn filled(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let words = self.words.iter();
                let text = words.fold(text.clone(), |text, (said, meant)| {
                    text.replace(said, meant)
                });
                Value::String(text)
            }
            Value::Array(all) => all.iter().map(|one| self.filled(one)).collect(),
            Value::Object(all) => {
                let all = all
                    .iter()
                    .map(|(name, one)| (name.clone(), self.filled(one)));
                Value::Object(all.collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }
}

fn with_body(request: Request, kind: &str, body: &Value) -> Request {
    match kind {
        "application/json" => request.json(body),
        "application/x-www-form-urlencoded" => {
            let fields = body.as_object().expect("fields").iter();
            let fields = fields.map(|(name, value)| format!("{name}={}", encode(&plain(value))));
            let fields: Vec<String> = fields.collect();
            request.header("Content-Type", kind).body(fields.join("&"))
        }
        _ => request.body(plain(body)),
    }
}
