//! The configurations in `examples/gate/`, run by the real proxies in front of files and an application: whoever may gets
//! in, nobody else does whatever they write, and no key gets into a log or to an application.

mod album;
mod apart;
mod hostile;
mod hosts;
mod identity;
mod organizr;
mod piwigo;
mod programs;
mod scene;
mod steps;
mod upstream;
mod variants;

use programs::Program;
use scene::Gate;

#[test]
fn nginx_asks() {
    story(&programs::NGINX);
}

#[test]
fn nginx_asks_by_a_unix_socket() {
    story(&programs::NGINX_BY_SOCKET);
}

#[test]
fn caddy_asks() {
    story(&programs::CADDY);
}

#[test]
fn debians_old_caddy_asks() {
    story(&programs::CADDY_OF_DEBIAN);
}

#[test]
fn traefik_asks() {
    story(&programs::TRAEFIK);
}

#[test]
fn envoy_asks() {
    story(&programs::ENVOY);
}

#[test]
fn haproxy_asks() {
    story(&programs::HAPROXY);
}

fn story(program: &Program) {
    let gate = Gate::new(program);
    let mut secrets = Vec::new();
    steps::by_grant(&gate);
    steps::by_key(&gate, &mut secrets);
    secrets.extend([gate.ann.clone(), gate.bob.clone()]);
    steps::large_files_and_ranges(&gate);
    identity::the_application(&gate);
    identity::forged_identities(&gate);
    gate.nothing_reached_the_files_of(&secrets);
    hostile::nothing_gets_out(&gate, &mut secrets);
    steps::closed_without_editkey(&gate, &secrets);
    gate.nothing_was_logged_of(&secrets);
}
