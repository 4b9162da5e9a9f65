//! A visitor's own start page: what was opened before leads to the same keys again, and no key stands in it.

use std::collections::BTreeSet;

use crate::support::{Jar, Request, TestApp, keyfile};

/// The asks for files that a page links to, as a browser reads them.
fn links(page: &str) -> Vec<String> {
    let links = page.split("<a ").skip(1).filter_map(|rest| {
        let (_, rest) = rest.split_once("href=\"")?;
        Some(
            rest.split('"')
                .next()?
                .replace("&#38;", "&")
                .replace("&amp;", "&"),
        )
    });
    links.filter(|link| link.contains("redirect?")).collect()
}

#[test]
fn each_file_leads_to_its_key_again() {
    let app = TestApp::start();
    let jar = app.editor("ann");
    let name = "a & b <ü>?.md";
    let keys = BTreeSet::from([
        app.mint("root/a", "doc.md", &jar),
        app.mint("root/a", name, &jar),
        app.mint_with("root/a", "doc.md", &[("rights", "view")], &jar),
        app.mint_with("root/a", "doc.md", &[("expires", "7d")], &jar),
    ]);
    app.mint("root/a/deep", "x.md", &app.editor("bob"));
    let page = app.send(&Request::get("/").jar(&jar)).expect(200).text();
    assert!(
        keys.iter().all(|key| !page.contains(key)),
        "a key stands in the page"
    );
    let links = links(&page);
    assert_eq!(links.len(), 4, "{page}");
    let led: BTreeSet<String> = links
        .iter()
        .filter_map(|link| {
            let target = link.strip_prefix('.').expect("a relative address");
            app.send(&Request::get(target).jar(&jar)).expect(302).key()
        })
        .collect();
    assert_eq!(led, keys);
    assert_eq!(
        keyfile::live(&app.tree.keys()).len(),
        5,
        "a link made a key"
    );
    app.send(&Request::get("/").jar(&Jar::default()))
        .expect(403);
}
