//! The certificate that the settings ask for: looked at by `config check`, and read by `serve`.

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use crate::http::Tls as Spoken;
use crate::settings::{self, Listen, Place, Problem, Problems, SELF_SIGNED, Settings, Tls};
use crate::store::{BadCertificate, CertificateFiles, End, end_of, self_signed};

/// The places that the settings name, the certificate among them.
///
/// # Errors
/// [`Problems`], all at once.
pub(super) fn check_places(settings: &Settings) -> Result<(), Problems> {
    let problem = read(settings).err().map(|error| of(&error));
    together(settings, problem)
}

/// The same, and that the certificate has not ended.
///
/// # Errors
/// [`Problems`], all at once.
pub(super) fn check(settings: &Settings, now: Timestamp) -> Result<(), Problems> {
    let problem = match read(settings) {
        Err(error) => Some(of(&error)),
        Ok(Some(End::At(end))) if end <= now => Some((
            "tls.certificate",
            format!("it ended on {end}: browsers refuse it"),
        )),
        Ok(_) => None,
    };
    together(settings, problem)
}

fn together(settings: &Settings, problem: Option<(&str, String)>) -> Result<(), Problems> {
    let places = settings::check_places(settings);
    let Some((path, message)) = problem else {
        return places;
    };
    let mut problems = places.err().unwrap_or_else(|| Problems {
        file: settings.settings_file.clone(),
        list: Vec::new(),
    });
    problems.list.push(Problem {
        place: Place::Default,
        path: path.to_owned(),
        message,
    });
    Err(problems)
}

/// When the certificate in files of others ends.
fn read(settings: &Settings) -> Result<Option<End>, BadCertificate> {
    match &settings.tls {
        Some(Tls::Files { certificate, key }) => {
            let read = CertificateFiles::at(certificate, key).read()?;
            Ok(Some(end_of(&read)))
        }
        Some(Tls::SelfSigned) | None => Ok(None),
    }
}

/// Which setting it is about.
fn of(error: &BadCertificate) -> (&'static str, String) {
    let setting = match error {
        BadCertificate::NoKey(_) | BadCertificate::Open(_) | BadCertificate::Mismatch(_) => {
            "tls.key"
        }
        BadCertificate::Unreadable { .. }
        | BadCertificate::NotOurs(_)
        | BadCertificate::NoCertificate(_)
        | BadCertificate::NotMade(_) => "tls",
    };
    (setting, error.to_string())
}

/// What TLS is spoken with; a certificate of our own is made where there is none.
///
/// # Errors
/// What is wrong with it.
pub(super) fn tls(settings: &Settings, now: Timestamp) -> Result<Option<Spoken>> {
    let Some(tls) = &settings.tls else {
        return Ok(None);
    };
    let files = match tls {
        Tls::Files { certificate, key } => CertificateFiles::at(certificate, key),
        Tls::SelfSigned => {
            let path = settings.key_folder.join(SELF_SIGNED);
            self_signed(&path, &names(settings), now).context("tls.self_signed")?
        }
    };
    let spoken = Spoken::new(files, tls.self_signed()).context("tls")?;
    Ok(Some(spoken))
}

/// The names that browsers may know us by.
fn names(settings: &Settings) -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"]
        .map(str::to_owned)
        .to_vec();
    for listen in &settings.listen {
        if let Listen::Tcp(address) = listen {
            let ip = address.ip();
            names.extend((!ip.is_unspecified()).then(|| ip.to_string()));
        }
    }
    let public = settings.public_url.as_ref();
    names.extend(public.and_then(settings::PublicUrl::host));
    names.sort();
    names.dedup();
    names
}
