//! What makes a key good in a browser's hands: a passphrase that is checked, and the two cookies that remember it.
//!
//! A passphrase is hashed off the threads that serve, in the one queue for all; it is never kept, logged or shown.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::{HttpRequest, HttpResponse, web};
use zeroize::Zeroizing;

use super::shared::Shared;
use super::who::Carried;
use super::{facts, forms, session};
use crate::access::{Moment, Voucher};
use crate::error::{Kind, Refused};
use crate::mint::{AccessKey, Cost, KeyId, NotPassword, Password, PasswordHash};

/// Days that a browser is known by its cookies: as long as browsers keep any, from each visit on.
const BROWSER_DAYS: i64 = 400;

/// Whether this is the passphrase, hashed off the threads that serve. Tries are counted by the key and the network; those of
/// a browser or a network that knew it before are counted apart.
pub(super) async fn is_passphrase(
    request: &HttpRequest,
    shared: &Shared,
    (id, hash): (KeyId, &PasswordHash),
    typed: &str,
) -> Result<bool, Refused> {
    // Longer than any name of a user may be: the two never share a bucket.
    let name = format!("the passphrase of the key sha256:{id}");
    let network = facts::network(facts::client(request, shared));
    let carried = Carried { request, shared };
    let vouchers = shared.entry.vouchers(&carried, &shared.access.secrets);
    let device = vouchers.iter().find(|voucher| voucher.is_of(&id));
    let device = device.map(Voucher::name);
    shared.tries.count(&name, &network, device).await?;
    let Ok(password) = Password::typed(Zeroizing::new(typed.to_owned())) else {
        return Ok(false);
    };
    let turn = shared.tries.turn().await?;
    let hash = hash.clone();
    let hashed = web::block(move || {
        let _turn = turn;
        hash.is_of(&password)
    });
    let good = hashed
        .await
        .map_err(|error| Refused::new(Kind::Unavailable, error))?;
    if good {
        shared.tries.signed_in(&name, &network).await;
    } else {
        tracing::info!(key = %id, %network, "somebody gave a wrong passphrase");
    }
    Ok(good)
}

/// As whom the passphrases are counted that a request chooses, for the visitor or the key `by`. Those who share a name are
/// told apart by their networks.
pub(super) fn chooser(request: &HttpRequest, shared: &Shared, by: &str) -> String {
    format!("{by} {}", facts::network(facts::client(request, shared)))
}

/// The hash of a passphrase for a new key, which `who` chose.
///
/// # Errors
/// [`Kind::Malformed`] for a text that cannot be one; [`Kind::TooMany`] where they choose on and on;
/// [`Kind::Unavailable`] when too many wait already.
pub(super) async fn new_passphrase(
    shared: &Shared,
    who: &str,
    typed: &str,
) -> Result<PasswordHash, Refused> {
    let password = Password::new(Zeroizing::new(typed.to_owned()));
    let password = password.map_err(|why| {
        let rule = match why {
            NotPassword::Short => "A passphrase has at least 8 characters.",
            NotPassword::Long => "A passphrase has at most 1024 bytes.",
            NotPassword::Control => "A passphrase has no control characters.",
        };
        Refused::new(Kind::Malformed(rule), rule)
    })?;
    let turn = shared.tries.turn_of(who).await?;
    let hashed = web::block(move || {
        let _turn = turn;
        PasswordHash::of(&password, &Cost::default())
    });
    let hashed = hashed
        .await
        .map_err(|error| Refused::new(Kind::Unavailable, error))?;
    Ok(hashed?)
}

/// Gives the browser what says that it gave this passphrase.
pub(super) fn remember_unlocked(
    answer: &mut HttpResponse,
    request: &HttpRequest,
    shared: &Shared,
    passphrase: (KeyId, &PasswordHash),
    now: Moment,
) -> Result<(), Refused> {
    let (entry, secrets) = (&shared.entry, &shared.access.secrets);
    let carried = Carried { request, shared };
    let text = entry.unlocked(&carried, passphrase, secrets, now.time)?;
    // Beyond its end it still tells a browser that knew the passphrase from a stranger.
    let name = entry.hand_cookies().unlocked.clone();
    forms::set(answer, &cookie(shared, name, text))
}

/// Gives the browser its random name, or the same for as long again.
pub(super) fn remember_browser(
    answer: &mut HttpResponse,
    shared: &Shared,
    browser: &AccessKey,
) -> Result<(), Refused> {
    let name = shared.entry.hand_cookies().browser.clone();
    forms::set(answer, &cookie(shared, name, browser.reveal().to_owned()))
}

fn cookie(shared: &Shared, name: String, value: String) -> Cookie<'static> {
    Cookie::build(name, value)
        .http_only(true)
        .secure(shared.https)
        .same_site(SameSite::Lax)
        .path(session::path(shared).to_owned())
        .max_age(Duration::days(BROWSER_DAYS))
        .finish()
}
