//! The settings in docs/grants.md: each sign-on's line as it stands, with the headers that it sends, and the policy with
//! what `config explain` says of it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::beside::repository;
use crate::support::{Request, TestApp, Tree, server};

/// A sign-on's settings by the first words of the comment above, what it sends for ann, and as whom we know her.
type SignOn = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

const SIGN_ONS: &[SignOn] = &[
    (
        "Authelia, tinyauth",
        &[
            ("Remote-User", "ann"),
            ("Remote-Email", "ann@example.org"),
            ("Remote-Groups", "users,staff"),
            ("Remote-Name", "Ann"),
        ],
        "header:ann",
    ),
    (
        "oauth2-proxy",
        &[
            ("X-Auth-Request-User", "1f0c2a"),
            ("X-Auth-Request-Email", "ann@example.org"),
            ("X-Auth-Request-Groups", "role:users,staff"),
            ("X-Auth-Request-Preferred-Username", "ann"),
        ],
        "header:1f0c2a",
    ),
    (
        "authentik",
        &[
            ("X-authentik-username", "ann"),
            ("X-authentik-groups", "authentik Admins, all|staff"),
            ("X-authentik-entitlements", ""),
            ("X-authentik-email", "ann@example.org"),
            ("X-authentik-name", "Ann"),
            ("X-authentik-uid", "900347b8"),
        ],
        "header:ann",
    ),
    (
        "Organizr",
        &[
            ("X-Organizr-User", "ann"),
            ("X-Organizr-Email", "ann@example.org"),
            ("X-Organizr-Group", "staff"),
        ],
        "header:ann",
    ),
    (
        "the e-mail address alone",
        &[("remote-email", "ann@example.org")],
        "header:ann@example.org",
    ),
    (
        "nginx's own passwords",
        &[("Remote-User", "ann")],
        "header:ann",
    ),
];

/// The fenced blocks of docs/grants.md.
fn blocks() -> Vec<String> {
    let text = fs::read_to_string(repository("docs/grants.md")).expect("docs/grants.md");
    text.split("```")
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The section `trusted_headers` under the comment that begins so, believing this machine.
fn section(block: &str, sign_on: &str) -> Value {
    let (_, after) = block
        .split_once(&format!("// {sign_on}"))
        .unwrap_or_else(|| panic!("docs/grants.md says nothing of {sign_on}"));
    let line = after.lines().nth(1).expect("a line below");
    let (name, value) = line.split_once(": ").expect("a setting");
    assert_eq!(name, "\"trusted_headers\"");
    let value = value.replace("10.3.3.2", "127.0.0.1");
    serde_json::from_str(&value).unwrap_or_else(|error| panic!("{sign_on}: {error}"))
}

#[test]
fn each_sign_on_in_grants_md_is_understood() {
    let blocks = blocks();
    let all = blocks
        .iter()
        .find(|block| block.contains("// Authelia"))
        .expect("the lines");
    assert_eq!(
        all.matches("\n// ").count(),
        SIGN_ONS.len(),
        "each line has its row here"
    );
    for (sign_on, headers, by) in SIGN_ONS {
        let section = section(all, sign_on);
        let groups = section["groups"] != json!("");
        let app = TestApp::on(Arc::new(Tree::with(|settings| {
            let (a, b) = (settings["roots"][0].clone(), settings["roots"][2].clone());
            settings["trusted_headers"] = section;
            settings["grants"] = json!([
                {"level": 998, "directories": [a]},
                {"group": "staff", "directories": [b]},
            ]);
        })));
        let ask = |folder, basename, headers: &[(&str, &str)]| {
            let request = Request::get(app.redirect_target(folder, basename, &[]));
            let said = |request: Request, (name, value): &(&str, &str)| request.header(name, value);
            app.send(&headers.iter().fold(request, said))
        };
        let key = ask("root/a", "doc.md", headers).expect(302).key();
        let record = crate::support::keyfile::record(&app.tree.keys(), &key.expect("a key"));
        assert_eq!(record["by"], *by, "{sign_on}");
        let member = ask("root/b", "b.md", headers).status;
        assert_eq!(member, if groups { 302 } else { 403 }, "{sign_on}");
        // What another sign-on says is nothing here, and without what this one says nobody is known.
        for (other, lies, _) in SIGN_ONS.iter().filter(|(other, ..)| other != sign_on) {
            let read = |name: &str| {
                let known = |(known, _): &(&str, &str)| known.eq_ignore_ascii_case(name);
                headers.iter().any(known)
            };
            if !lies.iter().any(|(name, _)| read(name)) {
                assert_eq!(
                    ask("root/a", "doc.md", lies).status,
                    403,
                    "{sign_on}: {other}"
                );
                let both = [*headers, *lies].concat();
                assert_eq!(
                    ask("root/a-secret", "s.md", &both).status,
                    403,
                    "{sign_on}: {other}"
                );
            }
        }
        ask("root/a", "doc.md", &[]).expect(403);
    }
}

#[test]
fn a_header_that_is_not_named_is_not_read() {
    let blocks = blocks();
    let all = blocks
        .iter()
        .find(|block| block.contains("// Authelia"))
        .expect("the lines");
    for sign_on in ["the e-mail address alone", "nginx's own passwords"] {
        let app = TestApp::on(Arc::new(Tree::with(|settings| {
            settings["trusted_headers"] = section(all, sign_on);
            settings["grants"] = json!([{"group": "admins", "poweruser": true}, {"user": "root", "poweruser": true}]);
        })));
        let forged = Request::get(app.redirect_target("root/a", "doc.md", &[]))
            .header("Remote-Groups", "admins")
            .header("Remote-Email", "ann@example.org");
        let user = if sign_on.starts_with("the") {
            "root"
        } else {
            "ann"
        };
        app.send(&forged.header("Remote-User", user)).expect(403);
    }
}

#[test]
fn the_policy_in_grants_md_is_explained_as_it_says() {
    let blocks = blocks();
    let policy = blocks
        .iter()
        .find(|block| block.starts_with("\n\"grants\": ["))
        .expect("a policy");
    let said = blocks
        .iter()
        .find(|block| block.contains("$ editkey config explain"))
        .expect("a transcript");
    let tree = Tree::new();
    fs::write(tree.settings(), format!("{{{policy}}}")).expect("the settings");
    fs::set_permissions(tree.settings(), fs::Permissions::from_mode(0o600)).expect("their mode");
    let (command, expected) = said.trim_start().split_once('\n').expect("a command");
    let words: Vec<&str> = command.split(' ').skip(2).collect();
    let output = server::cli(&tree, &words, "");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        expected,
        "{output:?}"
    );
}

#[test]
fn the_line_with_a_secret_in_grants_md_serves() {
    let blocks = blocks();
    let line = blocks
        .iter()
        .find(|block| block.contains("secret_header"))
        .expect("a line");
    let tree = Tree::with(|settings| {
        let section: Value = serde_json::from_str(&format!("{{{line}}}")).expect("JSON");
        settings["trusted_headers"] = section["trusted_headers"].clone();
        settings["grants"] = json!([{"source": "header", "poweruser": true}]);
    });
    tree.write("state/proxy-secret", "0123456789abcdef0123456789abcdef\n");
    let file = tree.path.join("state/proxy-secret");
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).expect("its mode");
    let app = TestApp::on(Arc::new(tree));
    let ask =
        Request::get(app.redirect_target("root/a", "doc.md", &[])).header("Remote-User", "ann");
    app.send(&ask).expect(403);
    app.send(&ask.header("X-Editkey-Proxy", "0123456789abcdef0123456789abcdef"))
        .expect(302);
}
