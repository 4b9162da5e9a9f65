//! Ways to a server: a socket, a number of a database, TLS, a certificate of our own.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use editkey::store::StoreError;
use editkey::store::redis::{Link, LinkState, RedisPlace, TlsFiles, Where};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::{get, set};
use crate::support::asking::up;
use crate::support::eventually;
use crate::support::redis::{Redis, options, store_at};

#[test]
fn a_socket_and_the_number_of_a_database() {
    let server = Redis::with(&["--unixsocket", "{folder}/sock"]);
    let socket = server.folder.path().join("sock");
    let mut store = store_at(Where::Server(RedisPlace::Unix(socket)));
    store.database = 3;
    let link = Link::to(store, &options());
    set(&link, "k", "one").expect("set");
    assert_eq!(server.run(&["-n", "3", "GET", "{editkey}:k"]), "one");
    assert_eq!(server.run(&["GET", "{editkey}:k"]), "");
}

/// An authority in a folder, and what it signed for this machine.
fn authority(folder: &Path, name: &str) -> PathBuf {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, name);
    let key = KeyPair::generate().expect("a key");
    let issuer = CertifiedIssuer::self_signed(params, key).expect("an authority");
    let file = folder.join(format!("{name}.pem"));
    fs::write(&file, issuer.pem()).expect("written");
    for (who, names) in [
        ("server", &["127.0.0.1", "localhost"][..]),
        ("other", &["elsewhere.example"]),
    ] {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let params = CertificateParams::new(names).expect("parameters");
        let key = KeyPair::generate().expect("a key");
        let signed = params.signed_by(&key, &issuer).expect("signed");
        fs::write(folder.join(format!("{name}-{who}.pem")), signed.pem()).expect("written");
        fs::write(
            folder.join(format!("{name}-{who}.key")),
            key.serialize_pem(),
        )
        .expect("written");
    }
    file
}

fn tls_server(folder: &Path, certificate: &str) -> Redis {
    let at = |name: &str| folder.join(name).display().to_string();
    let (cert, key) = (
        at(&format!("{certificate}.pem")),
        at(&format!("{certificate}.key")),
    );
    let authority = at("ours.pem");
    let port = crate::support::redis::free_port().to_string();
    Redis::with_cli(
        &[
            "--tls-port",
            &port,
            "--tls-cert-file",
            &cert,
            "--tls-key-file",
            &key,
            "--tls-ca-cert-file",
            &authority,
            "--tls-auth-clients",
            "yes",
        ],
        &[],
    )
}

#[test]
fn tls_believes_the_authorities_that_are_set_and_shows_our_own_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let ours = authority(folder.path(), "ours");
    let foreign = authority(folder.path(), "foreign");
    let own = |name: &str| {
        let at = |end: &str| folder.path().join(format!("{name}.{end}"));
        Some((at("pem"), at("key")))
    };
    let link = |server: &Redis, authorities: &PathBuf, own: Option<(PathBuf, PathBuf)>| {
        let port = server.run(&["CONFIG", "GET", "tls-port"]);
        let port = port
            .lines()
            .last()
            .and_then(|port| port.parse().ok())
            .expect("a port");
        let mut store = store_at(Where::Server(RedisPlace::Tcp("127.0.0.1".to_owned(), port)));
        store.tls = Some(TlsFiles {
            authorities: Some(authorities.clone()),
            own,
        });
        Link::to(store, &options())
    };
    let server = tls_server(folder.path(), "ours-server");
    let well = link(&server, &ours, own("ours-server"));
    up(&well);
    set(&well, "k", "over TLS").expect("set");
    assert_eq!(
        get(&well, "k").expect("an answer").as_deref(),
        Some("over TLS")
    );

    let refused = |link: &Link, why: &str| {
        // On a busy machine it says first that nobody answered yet.
        eventually(&format!("refused: {why}"), Duration::from_secs(10), || {
            let said = get(link, "k");
            assert!(said.is_err(), "{said:?}");
            matches!(&said, Err(StoreError::Away(said)) if said.contains(why))
        });
        // It stays so: nothing is believed after a while.
        std::thread::sleep(Duration::from_millis(300));
        assert!(get(link, "k").is_err() && matches!(link.state(), LinkState::Down(_)));
    };
    refused(&link(&server, &foreign, own("ours-server")), "certificate");
    refused(&link(&server, &ours, None), "");
    refused(&link(&server, &ours, own("foreign-server")), "");
    let elsewhere = tls_server(folder.path(), "ours-other");
    refused(&link(&elsewhere, &ours, own("ours-server")), "certificate");
    let missing = folder.path().join("missing.pem");
    refused(&link(&server, &missing, None), "missing.pem");

    // A file that is there now is read now: nothing is started again.
    let late = folder.path().join("late.pem");
    let link = link(&server, &late, own("ours-server"));
    assert!(get(&link, "k").is_err());
    fs::copy(&ours, &late).expect("copied");
    eventually("it is let in", Duration::from_secs(5), || {
        get(&link, "k").is_ok()
    });
}
