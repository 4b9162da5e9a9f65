//! What a person does with a link that asks for more than itself.

use serde_json::{Value, json};

use super::sign_in::{own, token};
use super::wire::encode;
use super::{Jar, Reply, TestApp};

pub(crate) const PASSPHRASE: &str = "correct horse battery";
/// Its hash, as cheap as can be, made by PHP.
pub(crate) const HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$TU9ja2lCUDlxaUhTY3ZtaQ$gPJ9S1SQsVnWHONVBJb2IL6pv7/P2A8/ql00WxslUYw";
/// The hash of another one.
pub(crate) const OTHER_HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$TGwxZEwyT1dhMFcxQ3B6dw$MXr0fW94+Vd5J2/iP9IShK9jwTvT7iBkkVgH8JVWPkE";

/// A key of `root/a/doc.md` that so many browsers may claim.
pub(crate) fn claimable(app: &TestApp, uses: u8) -> String {
    let more = json!({"uses": uses});
    app.tree.hand_made("root/a", "doc.md", &more)
}

/// One with the passphrase above.
pub(crate) fn locked(app: &TestApp) -> String {
    let more = json!({"passphrase": HASH});
    app.tree.hand_made("root/a", "doc.md", &more)
}

/// A browser goes to the bookmark; it keeps what it gets.
pub(crate) fn visit(app: &TestApp, jar: &mut Jar, key: &str) -> Reply {
    let page = app.send(&own("GET", &format!("/?accesskey={key}"), jar));
    jar.absorb(&page);
    page
}

/// The button of `page` is pressed; the browser keeps what it gets.
pub(crate) fn press(
    app: &TestApp,
    jar: &mut Jar,
    key: &str,
    page: &Reply,
    passphrase: Option<&str>,
) -> Reply {
    let given = passphrase.map(|passphrase| format!("&passphrase={}", encode(passphrase)));
    let given = given.unwrap_or_default();
    let body = format!("accesskey={key}&token={}{given}", token(page));
    let reply = app.send(&own("POST", "/unlock", jar).body(body));
    jar.absorb(&reply);
    reply
}

/// Goes to the bookmark and presses its button.
#[track_caller]
pub(crate) fn unlock(app: &TestApp, jar: &mut Jar, key: &str, passphrase: Option<&str>) -> Reply {
    let page = visit(app, jar, key);
    assert!(matches!(page.status, 200 | 403), "{page:?}");
    press(app, jar, key, &page, passphrase)
}

/// How many browsers may still claim it, and how many did.
pub(crate) fn claims(record: &Value) -> (u64, usize) {
    let browsers = record["bind"].as_array().map_or(0, Vec::len);
    (record["uses"].as_u64().unwrap_or(0), browsers)
}
