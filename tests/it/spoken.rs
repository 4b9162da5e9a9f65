//! The pages that the server makes, in the language that a browser asks for, and all of them in it.

use regex::Regex;
use serde_json::json;

use crate::admin_forms::{app, id, page, post, signed_in};
use crate::story::browser;
use crate::support::beside::free_address;
use crate::support::sign_in::{own, token};
use crate::support::unlock::HASH;
use crate::support::wire::encode;
use crate::support::{Jar, Reply, Request, TestApp, random_key};

const GERMAN: &str = "de-AT,de;q=0.9,en;q=0.5";
/// Words that stand in no German text of ours.
const ENGLISH: &str = " by created edit ends everything file files folder folders for from gives is it key keys label last made never newest no none nothing note of open path perhaps prune revoke rights search show sign skip state the this to unknown used uses view visitor visitors what when who with you your ";

/// A page as a browser that asks for this language gets it.
fn spoken(app: &TestApp, target: &str, jar: &Jar, language: &str) -> Reply {
    let request = own("GET", target, jar).header("Accept", "text/html");
    app.send(&request.header("Accept-Language", language))
}

/// What a person reads or hears of a page: its texts, and what attributes say; no code, and nothing of the log.
fn read(page: &str) -> Vec<String> {
    let apart = Regex::new(
        r#"(?s)<(code|style|script|bdi)(?: [^>]*)?>.*?</(code|style|script|bdi)>|<[a-z]+ lang="en">[^<]*|<option>[^<]*"#,
    );
    let page = apart.expect("a pattern").replace_all(page, "");
    let said = r#"(?:aria-label|title|placeholder|data-(?:name|just-now|chosen|copied|by-hand))="([^"]*)""#;
    let said = Regex::new(said).expect("a pattern");
    let attributes = said.captures_iter(&page).map(|found| found[1].to_owned());
    let texts = page.split('>').filter_map(|part| part.split('<').next());
    let all = attributes.chain(texts.map(str::to_owned));
    all.map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
        .collect()
}

/// Nothing that is read of this page is English.
#[track_caller]
fn expect_german(what: &str, reply: &Reply) {
    let page = reply.text();
    assert!(
        page.contains("<html lang=\"de\" dir=\"ltr\">"),
        "{what}: {page}"
    );
    let vary = reply.header("vary").unwrap_or_default();
    assert!(vary.contains("Accept-Language"), "{what}: {vary}");
    for text in read(&page) {
        // Names, places and labels of the tests' own; names of settings have a point in them.
        let own = |text: &str| text.starts_with('/') || text == "the eleventh";
        let words = text.split_whitespace().filter(|_| !own(&text));
        let words = words.filter(|word| !word.trim_matches(['.', ')', ',']).contains(['.', ':']));
        for word in words.map(str::to_lowercase) {
            let word = word.trim_matches(|character: char| !character.is_alphanumeric());
            assert!(
                !ENGLISH.contains(&format!(" {word} ")),
                "{what}: {word} in {text:?}"
            );
        }
        assert!(
            !text.contains("{$") && !text.contains("{ $"),
            "{what}: {text}"
        );
    }
}

#[test]
fn a_browser_is_spoken_to_in_the_language_that_it_asks_for() {
    let app = app(0);
    let jar = Jar::default();
    let plain = app.send(&own("GET", "/login", &jar)).expect(200);
    assert!(plain.text().contains("<html lang=\"en\""), "{plain:?}");
    assert!(plain.text().contains("<h1>Sign in</h1>"), "{plain:?}");
    assert_eq!(plain.header("vary"), Some("Accept-Language"));
    let many = "fr,".repeat(3_400);
    for language in [
        "fr",
        "",
        "*",
        ";;q=,%00",
        "en-GB,de;q=0.5",
        "de;q=0",
        "de;q=0.1,en;q=0.2",
        &many,
    ] {
        let page = spoken(&app, "/login", &jar, language).expect(200);
        assert!(page.text().contains("<html lang=\"en\""), "{language}");
        assert!(page.text().contains("<h1>Sign in</h1>"), "{language}");
    }
    for language in [GERMAN, "de", "DE", "fr,de-CH;q=0.4", "en;q=0.3,de;q=0.4"] {
        let page = spoken(&app, "/login", &jar, language).expect(200);
        assert!(page.text().contains("<html lang=\"de\""), "{language}");
        assert!(page.text().contains("<h1>Anmelden</h1>"), "{language}");
    }
}

#[test]
fn refusals_are_in_that_language_and_equal_to_the_byte() {
    let app = TestApp::start();
    let tree = &app.tree;
    let expired = json!({"expires": "2026-01-02T00:00:00Z"});
    let keys = [
        random_key(),
        "no key at all".to_owned(),
        tree.hand_made("root/a", "doc.md", &expired),
        tree.hand_made("outside", "canary.txt", &json!({})),
    ];
    let replies = keys.map(|key| {
        let target = format!("/?accesskey={}", encode(&key));
        spoken(&app, &target, &Jar::default(), GERMAN).expect(403)
    });
    assert!(replies[0].text().contains("Dieser Link öffnet nichts"));
    for reply in &replies {
        assert_eq!(reply.but_for_date(), replies[0].but_for_date());
        expect_german("refused", reply);
    }
    let nowhere = spoken(&app, "/nothing", &Jar::default(), GERMAN).expect(404);
    assert_eq!(nowhere.header("vary"), Some("Accept, Accept-Language"));
    expect_german("nowhere", &nowhere);
    let malformed = spoken(&app, "/?accesskey=a&accesskey=a", &Jar::default(), GERMAN);
    assert!(
        malformed.text().contains("Ein Parameter kommt zweimal vor"),
        "{malformed:?}"
    );
    expect_german("malformed", &malformed.expect(400));
}

#[test]
fn programs_are_told_everything_in_english() {
    let app = TestApp::start();
    for (target, key) in [("/api/file", random_key()), ("/nothing", String::new())] {
        let request = Request::get(target).header("Accept-Language", GERMAN);
        let answer = app.send(&request.bearer(&key));
        let plain = app.send(&Request::get(target).bearer(&key));
        assert_eq!(answer.but_for_date(), plain.but_for_date(), "{target}");
    }
}

#[test]
fn every_page_is_german_where_german_is_asked_for() {
    let app = app(60);
    let root = signed_in(&app, "root");
    let ann = signed_in(&app, "ann");
    let key = app.mint("root/a", "doc.md", &ann);
    app.open(&key).expect(200);
    let apart = json!({"rights": "view", "uses": 2, "passphrase": HASH, "by": "users:ann", "idle": "36500d", "created": "2026-01-01T00:00:00Z"});
    let apart = app.tree.hand_made("root/a", "doc.md", &apart);
    let folder = app.tree.hand_made(
        "root/a",
        "deep",
        &json!({"scope": "directory", "by": "users:ann"}),
    );
    let folder_path = encode(&app.tree.at("root/a"));
    let ask = Request::get(format!("/redirect?dirname={folder_path}&basename=new.md"));
    let ask = ask.header("Sec-Fetch-Site", "cross-site").jar(&ann);
    let asked = app.send(&ask.header("Accept-Language", GERMAN)).expect(200);
    expect_german("mint", &asked);
    let (one, other) = (id(&key), id(&apart));
    for (target, jar) in [
        ("/login", &Jar::default()),
        ("/login", &ann),
        ("/", &ann),
        ("/keys", &ann),
        (&format!("/keys/{one}"), &ann),
        ("/admin", &root),
        ("/admin?q=many&sort=name-asc&state=live", &root),
        ("/admin?q=nothing-like-that", &root),
        ("/admin?done=revoked&n=2", &root),
        (&format!("/admin/keys/{one}?done=narrowed"), &root),
        (&format!("/admin/keys/{other}?done=existing"), &root),
        ("/admin/new", &root),
        ("/admin/prune?n=1", &root),
        ("/admin/visitor?visitor=users%3Aann", &root),
        ("/admin/visitor?visitor=users%3Aroot", &root),
        ("/admin/visitor?visitor=host%2Fx%3Aann", &root),
        (&format!("/?accesskey={folder}"), &Jar::default()),
        (&format!("/?accesskey={apart}"), &Jar::default()),
    ] {
        expect_german(target, &spoken(&app, target, jar, GERMAN).expect(200));
    }
}

#[test]
fn every_answer_to_a_form_is_german_where_german_is_asked_for() {
    let app = app(3);
    let root = signed_in(&app, "root");
    let own_token = token(&page(&app, "/admin", &root));
    let key = app.mint("root/a", "doc.md", &signed_in(&app, "ann"));
    let id = id(&key);
    let said = |target: &str, body: &str, status: u16| {
        let body = format!("token={own_token}&{body}");
        let request = own("POST", target, &root).header("Accept-Language", GERMAN);
        expect_german(target, &app.send(&request.body(body)).expect(status));
    };
    said("/admin/new", "path=relative&scope=file", 400);
    said(
        "/admin/new",
        &format!(
            "path={}&scope=file&uses=1",
            encode(&app.tree.at("root/a/new.md"))
        ),
        200,
    );
    said("/admin/link", &format!("id={id}"), 200);
    said("/admin/narrow", &format!("id={id}&idle=x"), 400);
    said("/admin/derive", &format!("id={id}&uses=101"), 403);
    said(
        "/admin/derive",
        &format!("id={id}&passphrase=correct+horse"),
        200,
    );
    said("/admin/prune", "unused_for=1s", 200);
    said("/admin/prune", "unused_for=", 400);
    said("/admin/revoke", &format!("id={id}"), 200);
    said("/admin/revoke", "", 400);
    // Without the header the same page is what it was.
    let plain = post(&app, "/admin/prune", &root, &format!("token={own_token}"));
    assert!(
        plain.text().contains("Choose at least one rule."),
        "{plain:?}"
    );
}

#[test]
fn a_name_is_never_markup_in_any_language() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let name = "<b>{$x} & co.md";
    app.tree.write(&format!("root/a/{name}"), "text");
    app.mint("root/a", name, &jar);
    for language in ["en", GERMAN] {
        let page = spoken(&app, "/keys", &jar, language).expect(200).text();
        assert!(
            !page.contains("<b>{") && page.contains("{$x} &#38; co.md"),
            "{page}"
        );
        let folder = encode(&app.tree.at("root/a"));
        let ask = format!("/redirect?dirname={folder}&basename={}x", encode(name));
        let request = Request::get(ask).header("Sec-Fetch-Site", "cross-site");
        let page = app.send(&request.header("Accept-Language", language).jar(&jar));
        assert!(!page.expect(200).text().contains("<b>{"), "{language}");
    }
}

#[test]
fn what_scripts_add_to_a_page_is_in_its_language() {
    let address = free_address();
    let app = TestApp::with(|settings| {
        settings["listen"] = json!([address.to_string()]);
        settings["public_url"] = json!(format!("http://{address}/"));
        settings["grants"] = json!([{"anyone": true, "directories": [settings["roots"][0]]}]);
    });
    let ask = format!(
        "redirect?dirname={}&basename=doc.md",
        encode(&app.tree.at("root/a"))
    );
    let url = format!("http://{address}/");
    let told = |locale| browser("pages", &url, &["--type", &ask, "--locale", locale]);
    let german = told("de-AT");
    assert_eq!(german["lang"], "de");
    assert_eq!(german["nothing"], "Nichts gefunden.");
    assert_eq!(german["count"], "1 ausgewählt");
    assert_eq!(
        german["times"],
        json!(["gerade eben", "in 3 Monaten", "heute"])
    );
    // There is no French: the page is English, and so is what its scripts add.
    let french = told("fr-FR");
    assert_eq!(french["lang"], "en");
    assert_eq!(french["nothing"], "Nothing found.");
    assert_eq!(french["count"], "1 chosen");
    assert_eq!(french["times"], json!(["just now", "in 3 months", "today"]));
}
