//! editkey with a proxy before it, and curl, which is a second opinion on HTTP and TLS.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::beside::{Beside, free_address, repository};
use crate::support::{Reply, TestApp, Tree};

pub(crate) const NAME: &str = "edit.example.org";

/// editkey, a proxy before it, and all that the proxy wrote.
pub(crate) struct Scene {
    pub(crate) app: TestApp,
    pub(crate) proxy: Beside,
    pub(crate) base: &'static str,
    pub(crate) logs: Vec<PathBuf>,
}

impl Scene {
    pub(crate) fn new(
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
    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[&str],
        body: Option<&Path>,
    ) -> Reply {
        self.ask_from("127.0.0.1", method, path, headers, body)
    }

    #[track_caller]
    pub(crate) fn ask_from(
        &self,
        from: &str,
        method: &str,
        path: &str,
        headers: &[&str],
        body: Option<&Path>,
    ) -> Reply {
        let target = format!("{}{path}", self.base);
        self.ask_outside(from, method, &target, headers, body)
    }

    /// The same with the whole path, which may lead to what is not editkey's.
    #[track_caller]
    pub(crate) fn ask_outside(
        &self,
        from: &str,
        method: &str,
        target: &str,
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
        curl.arg(format!("https://{NAME}:{port}{target}"));
        let output = curl.output().expect("curl; ./test installs it");
        Reply::parse(&output.stdout, method == "HEAD", true)
            .unwrap_or_else(|| panic!("{method} {target}: {output:?}"))
    }

    pub(crate) fn origin(&self) -> String {
        format!("https://{NAME}:{}", self.proxy.address.port())
    }
}

pub(crate) fn certificate(folder: &Path) {
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
            // rustls takes no certificate for a server's that may sign others.
            "-addext",
            "basicConstraints=critical,CA:FALSE",
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
pub(crate) fn substituted(file: &str, pairs: &[(&str, String)]) -> String {
    let text = fs::read_to_string(repository(file)).expect("the configuration");
    pairs.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{file} does not say {from}");
        text.replace(from, to)
    })
}
