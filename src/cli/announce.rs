//! What `serve` says when it starts: where it listens, whom it trusts without a sign-in, which certificate it has.

use std::io::{self, IsTerminal as _, Write};

use anyhow::Result;
use jiff::Timestamp;

use super::installation::Installation;
use super::{login, volumes};
use crate::access::gives;
use crate::http::{Bound, Tls};
use crate::settings::{Listen, Settings};
use crate::store::{End, end_of, fingerprint};

/// Says where it listens, and how a browser on this machine gets in.
pub(super) fn announce(
    installation: &Installation,
    bound: &Bound,
    tls: Option<&Tls>,
    url: &str,
    follows_open: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<()> {
    let settings = &installation.settings;
    // Before it says that it listens: whoever waits for that has read the warnings.
    trusted_networks(settings, err)?;
    volumes::warn(settings, err)?;
    if let Some(tls) = tls {
        about_certificate(tls, err)?;
    }
    for place in listening(settings, bound, tls.is_some()) {
        writeln!(out, "editkey listens on {place}")?;
    }
    for place in bound.for_fastcgi() {
        writeln!(out, "editkey answers FastCGI authorizers on {place}")?;
    }
    if !settings.local_access || follows_open {
        return Ok(());
    }
    if io::stderr().is_terminal() {
        let link = login::link(installation, url, None)?;
        writeln!(
            err,
            "on this machine, open within two minutes, once: {link}"
        )?;
    } else {
        // Not into a log: a link is for eyes only.
        writeln!(
            err,
            "for a link that signs a browser on this machine in: editkey login"
        )?;
    }
    Ok(())
}

fn listening(settings: &Settings, bound: &Bound, tls: bool) -> Vec<String> {
    let base = settings.base_path.as_str();
    let scheme = if tls { "https" } else { "http" };
    let addresses = bound.addresses().into_iter();
    let tcp = addresses.map(|address| format!("{scheme}://{address}{base}"));
    let unix = settings
        .listen
        .iter()
        .filter(|place| matches!(place, Listen::Unix(_)));
    tcp.chain(unix.map(ToString::to_string)).collect()
}

/// Says loudly who need not sign in.
fn trusted_networks(settings: &Settings, err: &mut dyn Write) -> Result<()> {
    for (index, row) in settings.grants.rows().iter().enumerate() {
        if row.who.trusts_network() {
            writeln!(
                err,
                "warning: grants[{index}]: whoever can send from {} gets {} without signing in",
                row.who.network,
                gives(row)
            )?;
        }
    }
    Ok(())
}

fn about_certificate(tls: &Tls, err: &mut dyn Write) -> Result<()> {
    let certificate = tls.certificate();
    if tls.is_self_signed() {
        writeln!(
            err,
            "nobody vouches for the certificate; compare what the browser shows (SHA-256):\n  {}",
            fingerprint(&certificate)
        )?;
    }
    if let End::At(end) = end_of(&certificate)
        && end <= Timestamp::now()
    {
        writeln!(
            err,
            "warning: tls.certificate ended on {end}: browsers refuse it"
        )?;
    }
    Ok(())
}
