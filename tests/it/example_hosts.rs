//! The host applications in `examples/`, run as their first lines say: sign in, open a file, sign out.

use std::path::Path;
use std::process::Command;

use crate::support::beside::{Beside, free_address, repository};
use crate::support::{Jar, Request, TestApp, keyfile};

#[test]
fn the_python_host_grants_and_withdraws() {
    let mut command = Command::new("python3");
    command
        .arg("-B")
        .arg(repository("examples/host-python/host.py"));
    a_host(&command);
}

#[test]
fn the_php_host_grants_and_withdraws() {
    let mut command = Command::new("php");
    command
        .args(["-S", "ADDRESS"])
        .arg(repository("examples/host-php/host.php"));
    a_host(&command);
}

fn a_host(command: &Command) {
    let app = TestApp::start();
    let said = app.tree.path.join("log/host.log");
    let host = start(command, &app, &said);
    let at = |request: Request, jar: &Jar| request.jar(jar).send(host.address);

    // Nobody yet.
    let mut jar = Jar::default();
    assert_eq!(
        at(Request::get("/edit?file=doc.md"), &jar)
            .expect(303)
            .header("location"),
        Some("/")
    );
    assert!(
        at(Request::get("/"), &jar)
            .expect(200)
            .text()
            .contains("Sign in")
    );
    let form = Request::new("POST", "/sign-in")
        .header("Content-Type", "application/x-www-form-urlencoded");
    jar.absorb(&at(form.body("user=ann"), &jar).expect(303));
    let page = at(Request::get("/"), &jar).expect(200).text();
    assert!(page.contains("ann") && page.contains("doc.md"), "{page}");
    assert!(
        !page.contains("outdir") && !page.contains(">out<"),
        "links are listed: {page}"
    );

    // The file, by way of the ticket.
    at(Request::get("/edit?file=../b/b.md"), &jar).expect(404);
    let sent = at(Request::get("/edit?file=doc.md"), &jar).expect(303);
    let url = sent.header("location").expect("an address").to_owned();
    assert!(
        url.starts_with("http://editkey.test/enter?ticket="),
        "{url}"
    );
    let (session, entered) = app.enter(&url);
    let key = entered.key().expect("the bookmark");
    assert_eq!(app.get_file(&key).expect(200).body, b"# A document\n");
    assert_eq!(
        keyfile::record(&app.tree.keys(), &key)["by"],
        "host/cms:ann"
    );
    app.redirect("root/b", "b.md", &[], &session).expect(403);

    // Signed out: nothing new, while the bookmark stays.
    at(Request::new("POST", "/sign-out"), &jar).expect(303);
    app.redirect("root/a/deep", "x.md", &[], &session)
        .expect(403);
    app.get_file(&key).expect(200);

    let ticket = url.split_once("ticket=").expect("a ticket").1;
    let log = std::fs::read_to_string(&said).expect("its log");
    assert!(
        !log.contains(ticket) && !log.contains(&app.tree.cms_token),
        "{log}"
    );
}

/// The host as its first lines say, on a free port, for the folder `root/a`.
fn start(command: &Command, app: &TestApp, said: &Path) -> Beside {
    let address = free_address();
    app.tree.write("token", format!("{}\n", app.tree.cms_token));
    let mut started = Command::new(command.get_program());
    for argument in command.get_args() {
        let argument = argument.to_str().expect("UTF-8");
        started.arg(argument.replace("ADDRESS", &address.to_string()));
    }
    started
        .env("EDITKEY", format!("http://{}/", app.address))
        .env("EDITKEY_TOKEN_FILE", app.tree.at("token"))
        .env("SITE", app.tree.at("root/a"))
        .env("PORT", address.port().to_string());
    Beside::start(&mut started, address, said)
}
