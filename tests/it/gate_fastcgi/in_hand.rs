//! Keys that ask for more than themselves, asked about by FastCGI.

use serde_json::json;

use super::authorizer::{app, ask};
use crate::support::unlock::{HASH, PASSPHRASE, unlock};
use crate::support::{Jar, TestApp};

fn status(app: &TestApp, uri: &str, cookies: Option<&str>) -> u16 {
    let cookies = cookies.map(|cookies| ("HTTP_COOKIE", cookies));
    ask(app, uri, cookies.as_slice()).status
}

#[test]
fn an_authorizer_knows_the_browser_that_unlocked_or_claimed_a_key() {
    let app = app(|_| ());
    for more in [json!({"passphrase": HASH}), json!({"uses": 1})] {
        let key = app.tree.hand_made("root/a/album", "allowed.txt", &more);
        let uri = format!("/album/allowed.txt?accesskey={key}");
        let mut jar = Jar::default();
        assert_eq!(status(&app, &uri, None), 401);
        unlock(&app, &mut jar, &key, Some(PASSPHRASE)).expect(303);
        assert_eq!(status(&app, &uri, jar.header().as_deref()), 200);
        assert_eq!(status(&app, &uri, None), 401, "in other hands");
        let other = format!("/album/private/secret.txt?accesskey={key}");
        assert_eq!(status(&app, &other, jar.header().as_deref()), 401);
    }
}
