//! What the file of vectors is to say, list by list. Only the sealed texts are new each time.

#[path = "lines.rs"]
mod lines;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use editkey::mint::{KeyId, Secrets};
use hkdf::Hkdf;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{KEYS, key, name, secret};

const SEALING: &str = "editkey sealing 1";
/// Of the passphrase "correct horse", with a salt of sixteen bytes.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbiBieXRlcyEhIQ$ZPTx0uV5264WFGO/lqyNWp6CecwLHNWa/TA6Dw/SDng";

/// A browser that claimed a key, as `bind` names it: some hash.
fn browser() -> String {
    key(2).id().to_string()
}

fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn sealed(first: u8, at: usize, id: &KeyId) -> String {
    let sealer = Secrets::derive(&secret(first)).sealer();
    let sealed = sealer.seal(&key(at), id).expect("random bytes");
    sealed.as_str().to_owned()
}

/// What the file is to say.
pub(super) fn written() -> Value {
    let own = text(secret(0));
    let vector = |id: String, sealed: String, rest: Value| {
        let mut vector = json!({"secret": own, "info": SEALING, "id": id, "sealed": sealed});
        for (name, value) in rest.as_object().into_iter().flatten() {
            vector[name] = value.clone();
        }
        vector
    };
    let ids: Vec<Value> = (0..3)
        .map(|at| json!({"key": KEYS[at], "id": name(at)}))
        .collect();
    let good: Vec<Value> = (0..3)
        .map(|at| {
            let id = key(at).id();
            vector(id.to_string(), sealed(0, at, &id), json!({"key": KEYS[at]}))
        })
        .collect();
    let (id, other) = (key(0).id(), key(1).id());
    let mut flipped = URL_SAFE_NO_PAD
        .decode(sealed(0, 0, &id))
        .expect("base64url");
    *flipped.last_mut().expect("a tag") ^= 1;
    let bad = [
        (id, sealed(9, 0, &id), "sealed under another secret"),
        (other, sealed(0, 0, &id), "sealed for another id"),
        (id, text(&flipped), "one bit of the tag differs"),
        (id, text(&flipped[..23]), "shorter than a nonce"),
        (id, format!("{}=", sealed(0, 0, &id)), "padded"),
        (id, String::new(), "empty"),
    ];
    let unsealable: Vec<Value> = bad
        .into_iter()
        .map(|(id, sealed, why)| vector(id.to_string(), sealed, json!({"why": why})))
        .collect();
    let mut all = json!({
        "comment": "Vectors of docs/key-format.md. The secret and the keys are fixed and open nothing anywhere.",
        "ids": ids,
        "sealed": good,
        "unsealable": unsealable,
        "passphrases": [
            {"passphrase": "correct horse", "hash": HASH, "fits": true},
            {"passphrase": "correct hors", "hash": HASH, "fits": false},
            {"passphrase": "", "hash": HASH, "fits": false},
        ],
    });
    for (list, vectors) in [
        ("derived", derived(&own)),
        ("names", names(&own)),
        ("files", files()),
        ("refused", refused()),
        ("lines", lines::lines_of_parents()),
        ("torn", torn()),
        ("broken", broken()),
    ] {
        all[list] = vectors.into();
    }
    all
}

fn derived(own: &str) -> Vec<Value> {
    let source = Hkdf::<Sha256>::new(None, &secret(0));
    [
        (SEALING, 32),
        ("editkey session 1", 64),
        ("editkey ticket 1", 32),
    ]
    .into_iter()
    .map(|(info, length)| {
        let mut key = vec![0; length];
        source.expand(info.as_bytes(), &mut key).expect("short");
        json!({"secret": own, "info": info, "key": text(key)})
    })
    .collect()
}

fn names(own: &str) -> Vec<Value> {
    let secrets = Secrets::derive(&secret(0));
    [
        "Zm9ydHktdHdvIGJ5dGVzIG9mIG5vdGhpbmc",
        "session c2Vzc2lvbg",
        "",
    ]
    .into_iter()
    .map(|text| json!({"secret": own, "text": text, "name": secrets.ticket_name(text)}))
    .collect()
}

fn lines(entries: &[String]) -> String {
    format!(
        "{{\n\"$editkey\": {{\"format\": 1}}\n{}\n    \n}}\n",
        entries.join("\n")
    )
}

fn entry(name: &str, record: &Value) -> String {
    format!(",\"{name}\": {record}")
}

fn files() -> Vec<Value> {
    let full = json!({
        "dirname": "/srv/a/ü", "basename": "x \"y\".md", "rights": "view", "created": "2026-11-21T19:20:25Z",
        "expires": "2027-11-21T19:20:25Z", "by": "host/cms:ann", "label": "für Ann", "sealed": "AAAA", "bind": "visitor",
    });
    let small = json!({"dirname": "/srv", "basename": "a.txt"});
    let edited = json!({"dirname": "/srv", "basename": "b.txt", "rights": "edit"});
    let whole =
        json!({"dirname": "/srv", "basename": "a.txt", "scope": "directory", "rights": "view"});
    let file = json!({"dirname": "/srv", "basename": "a.txt", "scope": "file"});
    let limited = json!({
        "dirname": "/srv", "basename": "a.txt", "rights": "view", "created": "2026-11-21T19:20:25Z", "idle": "30d",
        "uses": 99, "passphrase": HASH, "bind": ["visitor", browser()],
    });
    let claimed = json!({"dirname": "/srv", "basename": "a.txt", "uses": 0, "bind": [browser()]});
    let child = json!({"dirname": "/srv", "basename": "a.txt", "created": "2026-11-21T19:20:25Z", "idle": "36500d", "parent": name(2)});
    let one_line = format!(
        r#"{{"{}":{{"dirname":"\/srv","basename":"a.txt"}},"{}":null}}"#,
        KEYS[0], KEYS[2]
    );
    vec![
        json!({"text": "", "live": {}, "revoked": []}),
        json!({"text": "{}", "live": {}, "revoked": []}),
        json!({"text": lines(&[]), "live": {}, "revoked": []}),
        json!({
            "text": lines(&[entry(&name(0), &full), entry(&name(1), &edited), entry(&name(1), &Value::Null)]),
            "live": {name(0): full}, "revoked": [name(1)],
        }),
        json!({
            "text": lines(&[entry(&name(0), &Value::Null), entry(&name(0), &small), entry(&name(0), &edited)]),
            "live": {name(0): edited}, "revoked": [],
        }),
        json!({
            "text": lines(&[entry(KEYS[1], &small)]),
            "live": {name(1): small}, "revoked": [],
        }),
        json!({
            "text": lines(&[entry(&name(0), &whole), entry(&name(1), &file)]),
            "live": {name(0): whole, name(1): file}, "revoked": [],
        }),
        json!({
            "text": lines(&[entry(&name(0), &limited), entry(&name(1), &claimed)]),
            "live": {name(0): limited, name(1): claimed}, "revoked": [],
        }),
        json!({
            "text": lines(&[entry(&name(0), &child), entry(&name(1), &json!({"dirname": "/srv", "basename": "a", "uses": 100, "bind": "holder"}))]),
            "live": {name(0): child, name(1): {"dirname": "/srv", "basename": "a", "uses": 100, "bind": "holder"}}, "revoked": [],
        }),
        json!({"text": one_line, "live": {name(0): small}, "revoked": [name(2)]}),
        json!({
            "text": serde_json::to_string_pretty(&json!({"$editkey": {"format": 1}, name(0): full})).expect("JSON"),
            "live": {name(0): full}, "revoked": [],
        }),
    ]
}

fn refused() -> Vec<Value> {
    let good = json!({"dirname": "/srv", "basename": "a.txt"});
    let whole = json!({"dirname": "/srv", "basename": "album", "scope": "directory"});
    let with = |field: &str, value: Value| {
        let mut record = good.clone();
        record[field] = value;
        record
    };
    let since = |idle: Value| {
        let mut record = with("created", json!("2026-11-21T19:20:25Z"));
        record["idle"] = idle;
        record
    };
    let claimed_once_more =
        json!({"dirname": "/srv", "basename": "a.txt", "uses": 100, "bind": [browser()]});
    [
        with("passphrase", json!("x")),
        with("passphrase", json!(7)),
        with("passphrase", json!(HASH.replace("argon2id", "argon2i"))),
        with("passphrase", json!(HASH.replace("v=19", "v=16"))),
        with("passphrase", json!(HASH.replace("m=19456", "m=4000000"))),
        with("idle", json!("30d")),
        since(json!("12h")),
        since(json!("24h")),
        since(json!("0d")),
        since(json!("030d")),
        since(json!("36501d")),
        since(json!(30)),
        with("uses", json!(-1)),
        with("uses", json!(101)),
        with("uses", json!("1")),
        with("uses", json!(1.5)),
        claimed_once_more,
        with("bind", json!("browser")),
        with("bind", json!([])),
        with("bind", json!(["holder"])),
        with("bind", json!([browser(), "visitor"])),
        with("parent", json!(key(2).id().to_string())),
        with("parent", json!("sha256:x")),
        with("scope", json!("tree")),
        with("colour", json!("red")),
        with("rights", json!("admin")),
        with("expires", json!("tomorrow")),
        with("dirname", json!("/srv/../etc")),
        with("dirname", json!("srv")),
        with("basename", json!("..")),
        with("basename", json!("a/b")),
        with("label", json!("")),
        json!({"dirname": "/srv"}),
        json!(7),
    ]
    .into_iter()
    .map(|record| {
        json!({
            "text": lines(&[entry(&name(0), &whole), entry(&name(1), &good), entry(&name(1), &record)]),
            "live": {name(0): whole}, "refused": [name(1)],
        })
    })
    .collect()
}

fn torn() -> Vec<Value> {
    let good = json!({"dirname": "/srv", "basename": "a.txt"});
    let head = format!(
        "{{\n\"$editkey\": {{\"format\": 1}}\n{}\n",
        entry(&name(0), &good)
    );
    let half = format!(",\"{}\": {{\"dirname\":\"/srv\",\"base", name(1));
    vec![
        json!({"text": format!("{head}{half}"), "live": {name(0): good}, "aside": half}),
        json!({"text": format!("{head}{half}    \n}}\n"), "live": {name(0): good}, "aside": format!("{half}    \n}}")}),
        json!({"text": head, "live": {name(0): good}, "aside": ""}),
    ]
}

fn broken() -> Vec<Value> {
    let good = json!({"dirname": "/srv", "basename": "a.txt"});
    let whole = lines(&[entry(&name(0), &good)]);
    [
        (
            whole.replace("\"format\": 1", "\"format\": 2"),
            "another format",
        ),
        (
            whole.replace("\"format\": 1", "\"forma\": 1"),
            "no format in the header",
        ),
        (
            whole.replace(",\"dirname\"", " \"dirname\""),
            "a comma is missing in the middle",
        ),
        (format!("{whole}x"), "something follows the object"),
        ("[]\n".to_owned(), "not an object"),
        ("keys".to_owned(), "not JSON"),
    ]
    .into_iter()
    .map(|(text, why)| json!({"text": text, "why": why}))
    .collect()
}
