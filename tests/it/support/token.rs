//! Tokens and the keys they are signed by: keys by the openssl program, signatures by another library than editkey's own
//! reading, and headers and claims as odd as a test wants them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};

use super::{Reply, Request, TestApp, Tree, random_text};

/// Somebody who signs by one algorithm.
pub(crate) struct Signer {
    pub(crate) algorithm: &'static str,
    key: EncodingKey,
    /// What editkey's key file holds: the secret, or the public key in PEM.
    pub(crate) file: String,
}

impl Signer {
    /// By a secret, with the line's end that editors leave.
    pub(crate) fn secret(algorithm: &'static str) -> Self {
        let secret = random_text(64);
        Self::by(algorithm, &secret)
    }

    /// By this secret.
    pub(crate) fn by(algorithm: &'static str, secret: &str) -> Self {
        Self {
            algorithm,
            key: EncodingKey::from_secret(secret.as_bytes()),
            file: format!("{secret}\n"),
        }
    }

    /// By a new private key.
    pub(crate) fn private(algorithm: &'static str) -> Self {
        let kind: &[&str] = match &algorithm[..2] {
            "RS" | "PS" => &["-algorithm", "RSA"],
            "ES" if algorithm == "ES384" => {
                &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]
            }
            "ES" => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            _ => &["-algorithm", "ED25519"],
        };
        let private = openssl(&[&["genpkey"], kind].concat(), "");
        let pem = private.as_bytes();
        let key = match &algorithm[..2] {
            "RS" | "PS" => EncodingKey::from_rsa_pem(pem),
            "ES" => EncodingKey::from_ec_pem(pem),
            _ => EncodingKey::from_ed_pem(pem),
        };
        Self {
            algorithm,
            key: key.expect("a key"),
            file: openssl(&["pkey", "-pubout"], &private),
        }
    }

    /// The public key of a curve as a JWK: its point is the end of what stands in the PEM file.
    pub(crate) fn jwk(&self) -> Value {
        let lines = self.file.lines().filter(|line| !line.starts_with('-'));
        let der = STANDARD.decode(lines.collect::<String>()).expect("base64");
        let end =
            |from: usize, to: usize| URL_SAFE_NO_PAD.encode(&der[der.len() - from..der.len() - to]);
        match self.algorithm {
            "ES256" => json!({"kty": "EC", "crv": "P-256", "x": end(64, 32), "y": end(32, 0)}),
            "EdDSA" => json!({"kty": "OKP", "crv": "Ed25519", "x": end(32, 0)}),
            other => panic!("no JWK is made for {other}"),
        }
    }

    /// A signature over any text.
    pub(crate) fn signature(&self, message: &str) -> String {
        let algorithm = self.algorithm.parse().expect("an algorithm");
        jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, algorithm).expect("signed")
    }

    /// A token of any header and claims.
    pub(crate) fn token_of(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", b64(header), b64(claims));
        let signature = self.signature(&message);
        format!("{message}.{signature}")
    }

    /// A token with the usual header.
    pub(crate) fn token(&self, claims: &Value) -> String {
        let header = json!({"typ": "JWT", "alg": self.algorithm});
        self.token_of(&header.to_string(), &claims.to_string())
    }

    /// A token that says `user` for an hour.
    pub(crate) fn user(&self, user: &str) -> String {
        self.token(&json!({"username": user, "exp": now() + 3600}))
    }
}

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// This moment in seconds, as a token counts.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.expect("after 1970").as_secs()).expect("not yet")
}

/// What openssl prints.
fn openssl(arguments: &[&str], input: &str) -> String {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl");
    let mut stdin = child.stdin.take().expect("its input");
    std::io::Write::write_all(&mut stdin, input.as_bytes()).expect("heard");
    drop(stdin);
    let output = child.wait_with_output().expect("its end");
    assert!(output.status.success(), "openssl {arguments:?}");
    String::from_utf8(output.stdout).expect("PEM")
}

/// Writes a file beside the settings, for our user alone.
pub(crate) fn write_private(tree: &Tree, name: &str, text: &str) {
    let path = tree.path.join("state").join(name);
    fs::write(&path, text).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("its mode");
}

/// A tree with these `jwt` sections and these files beside the settings; whoever a token names may edit `root/a`.
pub(crate) fn tree(sections: &Value, files: &[(&str, &str)]) -> Arc<Tree> {
    let tree = Tree::with(|settings| {
        settings["jwt"] = sections.clone();
        let root = settings["roots"][0].clone();
        settings["grants"] = json!([{"source": "jwt", "directories": [root]}]);
    });
    for (name, text) in files {
        write_private(&tree, name, text);
    }
    Arc::new(tree)
}

/// A server that believes tokens of `signer` in the cookie `t`.
pub(crate) fn app(signer: &Signer) -> TestApp {
    let file = if signer.algorithm.starts_with("HS") {
        "secret_file"
    } else {
        "public_key_file"
    };
    let section = json!({"cookie": "t", "algorithm": signer.algorithm, file: "token.key"});
    TestApp::on(tree(&json!([section]), &[("token.key", &signer.file)]))
}

/// Asks for `root/a/doc.md` with this header.
pub(crate) fn ask(app: &TestApp, name: &str, value: &str) -> Reply {
    let target = app.redirect_target("root/a", "doc.md", &[]);
    app.send(&Request::get(target).header(name, value))
}

/// Asks for it with this token in the cookie `t`.
pub(crate) fn ask_by_cookie(app: &TestApp, token: &str) -> Reply {
    ask(app, "Cookie", &format!("t={token}"))
}
