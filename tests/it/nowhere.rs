//! What a path that is no route of ours shows: a page to a person, a problem to a program, and nothing of files to either.

use crate::support::{Request, TestApp};

#[test]
fn an_address_that_is_none_shows_a_page_to_a_person_and_a_problem_to_a_program() {
    let app = TestApp::start();
    app.tree.write("root/a/doc.md", b"text");
    let file = app.tree.at("root/a/doc.md");
    for path in ["/nothing", "/root/a/doc.md", &file] {
        let page = app
            .send(&Request::get(path).header("Accept", "text/html,*/*;q=0.8"))
            .expect(404);
        let text = page.text();
        assert!(text.contains("There is nothing at this address."), "{text}");
        assert!(text.contains("<a href=\"/\">"), "{text}");
        assert!(!text.contains("doc.md"), "{text}");
        let style = text
            .split("href=\"")
            .find(|part| part.contains(".css\""))
            .expect("a style");
        let style = style.split('"').next().expect("an address");
        app.send(&Request::get(style)).expect(200);
        let problem = app.send(&Request::get(path)).expect(404);
        assert_eq!(
            problem.json()["detail"],
            "There is nothing at this address."
        );
    }
}
