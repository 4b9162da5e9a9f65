//! Who reads the numbers, and that to everybody else there is no such address.

use serde_json::{Value, json};

use super::listed;
use crate::support::{Request, TestApp};

/// That `path` looks as an unknown one, however it is asked for.
#[track_caller]
fn is_nowhere(app: &TestApp, path: &str, unknown: &str, header: (&str, &str)) {
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        for accept in ["*/*", "text/html,*/*;q=0.8"] {
            let ask = |path: &str| {
                let request = Request::new(method, path)
                    .header("Accept", accept)
                    .header(header.0, header.1);
                app.send(&request).expect(404).but_for_date()
            };
            let (here, nowhere) = (ask(path), ask(unknown));
            assert_eq!(here, nowhere, "{method} {path} {accept}");
        }
    }
}

#[test]
fn to_whoever_is_not_in_metrics_networks_the_numbers_are_an_address_that_is_not_there() {
    let nothing = ("X-Forwarded-For", "127.0.0.1");
    let elsewhere = json!(["10.1.2.3", "::1", "127.0.0.2"]);
    for networks in [None, Some(json!([])), Some(elsewhere)] {
        let app = TestApp::with(|settings| {
            if let Some(networks) = networks {
                settings["metrics_networks"] = networks;
            }
        });
        for path in ["/metrics", "/metrics?x=1", "/metrics/"] {
            is_nowhere(&app, path, "/nothing", nothing);
        }
    }
}

#[test]
fn who_is_listed_reads_them_and_changes_nothing_by_it() {
    let app = TestApp::with(|settings| {
        listed(settings);
        settings["base_path"] = json!("/edit/");
        settings["public_url"] = json!("http://editkey.test/edit/");
    });
    let ask = |method: &str| app.send(&Request::new(method, "/edit/metrics"));
    let whole = ask("GET").expect(200);
    assert!(whole.text().ends_with("# EOF\n"), "{}", whole.text());
    let head = ask("HEAD").expect(200);
    assert!(head.body.is_empty());
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let nowhere = app.send(&Request::new(method, "/edit/nothing"));
        assert_eq!(ask(method).but_for_date(), nowhere.but_for_date());
    }
    is_nowhere(&app, "/metrics", "/nothing", ("X-Nothing", "1"));
}

#[test]
fn behind_a_trusted_proxy_the_clients_address_decides_as_it_does_at_readyz() {
    let told = |app: &TestApp, hops: &str| {
        let ask = |path: &str| {
            let request = Request::get(path);
            let request = match hops {
                "" => request,
                hops => request.header("X-Forwarded-For", hops),
            };
            app.send(&request)
        };
        let details = ask("/readyz").expect(200).text() != "ready\n";
        let numbers = ask("/metrics");
        assert_eq!(numbers.status, if details { 200 } else { 404 }, "{hops}");
        if !details {
            let nowhere = ask("/nothing").but_for_date();
            assert_eq!(numbers.but_for_date(), nowhere, "{hops}");
        }
        details
    };
    let scraper = |settings: &mut Value| settings["metrics_networks"] = json!(["192.0.2.7"]);
    let app = TestApp::with(|settings| {
        scraper(settings);
        settings["trusted_proxies"] = json!(["127.0.0.1"]);
    });
    for hops in [
        "192.0.2.7",
        "198.51.100.1, 192.0.2.7",
        "192.0.2.7, 127.0.0.1",
    ] {
        assert!(told(&app, hops), "{hops}");
    }
    for hops in [
        "",
        "192.0.2.8",
        "192.0.2.7, 198.51.100.1",
        "192.0.2.7, nonsense",
    ] {
        assert!(!told(&app, hops), "{hops}");
    }
    let app = TestApp::with(scraper);
    for hops in ["", "192.0.2.7"] {
        assert!(!told(&app, hops), "nobody's word is believed: {hops}");
    }
}
