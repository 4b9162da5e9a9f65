//! editkey with a proxy before it, and curl, which is a second opinion on HTTP and TLS.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::beside::{Beside, free_address, repository};
use crate::support::{Reply, TestApp, Tree};

pub(super) const NAME: &str = "edit.example.org";

/// editkey, a proxy before it, and all that the proxy wrote.
pub(super) struct Scene {
    pub(super) app: TestApp,
    pub(super) proxy: Beside,
    pub(super) base: &'static str,
    pub(super) logs: Vec<PathBuf>,
}

impl Scene {
    pub(super) fn new(
        base: &'static str,
        change: impl FnOnce(&mut Value),
        proxy: impl FnOnce(&Tree, SocketAddr, SocketAddr) -> (Command, Vec<PathBuf>),
    ) -> Self {
        let address = free_address();
        let tree = Tree::with(|settings| {
            settings["base_path"] = json!(base);
            settings["public_url"] = json!(format!("https://{NAME}:{}{base}", address.port()));
            settings["trusted_proxies"] = json!(["127.0.0.1"]);
            settings["metrics_networks"] = json!(["127.0.0.9"]);
            settings["limits"]["body"] = json!("16MiB");
            settings["local_access"] = json!(true);
            change(settings);
        });
        certificate(&tree.path);
        let app = TestApp::on(Arc::new(tree));
        let (mut command, mut logs) = proxy(&app.tree, address, app.address);
        let said = app.tree.path.join("log/proxy-said");
        let proxy = Beside::start(&mut command, address, &said);
        logs.push(said);
        Self {
            app,
            proxy,
            base,
            logs,
        }
    }

    /// A request through the proxy, by curl, which is a second opinion on HTTP and TLS.
    #[track_caller]
    pub(super) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[&str],
        body: Option<&Path>,
    ) -> Reply {
        self.ask_from("127.0.0.1", method, path, headers, body)
    }

    #[track_caller]
    pub(super) fn ask_from(
        &self,
        from: &str,
        method: &str,
        path: &str,
        headers: &[&str],
        body: Option<&Path>,
    ) -> Reply {
        let port = self.proxy.address.port();
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--show-error",
            "--http1.1",
            "--include",
            "--max-time",
            "20",
            "--raw",
        ]);
        curl.args([
            "--request",
            method,
            "--interface",
            from,
            "--header",
            "Expect:",
            "--cacert",
        ]);
        curl.arg(self.app.tree.path.join("cert.pem"));
        curl.args(["--resolve", &format!("{NAME}:{port}:127.0.0.1")]);
        if method == "HEAD" {
            curl.arg("--head");
        }
        curl.arg("--path-as-is");
        for header in headers {
            curl.args(["--header", header]);
        }
        if let Some(body) = body {
            curl.arg("--data-binary")
                .arg(format!("@{}", body.display()));
        }
        curl.arg(format!("https://{NAME}:{port}{}{path}", self.base));
        let output = curl.output().expect("curl; ./test installs it");
        Reply::parse(&output.stdout, method == "HEAD", true)
            .unwrap_or_else(|| panic!("{method} {path}: {output:?}"))
    }

    pub(super) fn origin(&self) -> String {
        format!("https://{NAME}:{}", self.proxy.address.port())
    }
}

fn certificate(folder: &Path) {
    let output = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args([
            "-subj",
            &format!("/CN={NAME}"),
            "-addext",
            &format!("subjectAltName=DNS:{NAME}"),
        ])
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(folder)
        .output()
        .expect("openssl; ./test installs it");
    assert!(output.status.success(), "{output:?}");
}

/// `text` with each of these in place of what the file says; one that is not there fails.
pub(super) fn substituted(file: &str, pairs: &[(&str, String)]) -> String {
    let text = fs::read_to_string(repository(file)).expect("the configuration");
    pairs.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{file} does not say {from}");
        text.replace(from, to)
    })
}
