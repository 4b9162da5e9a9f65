//! This node and the store that it shares with others: the way there, its secret, and whether it may take part.
//!
//! A server that does not answer is waited for, not fatal: a node that serves refuses until it comes back. What waiting
//! cannot mend, such as a wrong password or another secret, ends the start with what to do. Every wait has an end.

use std::future::Future;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};

use super::installation::Installation;
use crate::mint::Secrets;
use crate::settings::{Settings, Store};
use crate::store::redis::{Link, LinkState, RedisPlace, StoreAddress, Where};
use crate::store::{Member, NotMember, StoreError, existing_secrets, has_members, secrets};

/// How often a server that does not answer is asked again at start.
const AGAIN: Duration = Duration::from_millis(50);
/// What the link says where the server does not let us in, whatever is waited for.
const UNKNOWN: [&str; 3] = [
    "does not accept the user",
    "asks for a password",
    "does not permit its user",
];

/// Whether a command goes on where the server does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// It ends: it could do nothing.
    Command,
    /// It goes on and refuses until the server answers.
    Server,
}

/// The secrets of the installation, and its place among the nodes that share a store; none: files keep everything.
///
/// # Errors
/// A secret that is none, or another than the other nodes'; a server that does not know us; for a command also one that
/// does not answer.
pub(super) fn join(
    settings: &Settings,
    patience: Patience,
) -> Result<(Secrets, Option<Arc<Member>>)> {
    let Some(link) = link(settings)? else {
        let given = settings.secret.as_ref();
        let given = given.map(crate::mint::Secret::secrets);
        let secrets = given.map_or_else(|| secrets(&settings.secret_file), Ok)?;
        return Ok((secrets, None));
    };
    let secrets = secrets_at(settings, &link)?;
    let member = Member::of(link, &secrets);
    become_member(settings, &member, patience)?;
    Ok((secrets, Some(Arc::new(member))))
}

/// The secrets of the store at `link` that everything is moved from, or to: its nodes' and ours are the same, or it has
/// none yet, and gets ours where it is moved to.
///
/// # Errors
/// As [`join`]; nothing was ever kept where it is moved from.
pub(super) fn join_to_move(settings: &Settings, link: &Link, goes: Goes) -> Result<Secrets> {
    let within = settings.redis.options.within;
    let others = asked(link, within, || has_members(link), passes)??;
    if !others && goes == Goes::From {
        bail!("no node keeps anything at this Redis below this prefix: is the direction right?");
    }
    let secrets = secrets_at(settings, link)?;
    if others || goes == Goes::To {
        let member = Member::of(link.clone(), &secrets);
        become_member(settings, &member, Patience::Command)?;
    }
    Ok(secrets)
}

/// Which way everything is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goes {
    /// From there.
    From,
    /// To there.
    To,
    /// To there, perhaps another time.
    Nowhere,
}

fn secrets_at(settings: &Settings, link: &Link) -> Result<Secrets> {
    let given = match &settings.secret {
        Some(secret) => Some(secret.secrets()),
        None => existing_secrets(&settings.secret_file)?,
    };
    match given {
        Some(secrets) => Ok(secrets),
        None => first_secret(settings, link, settings.redis.options.within),
    }
}

fn become_member(settings: &Settings, member: &Member, patience: Patience) -> Result<()> {
    let within = settings.redis.options.within;
    let joined = asked(
        member.link(),
        within,
        || member.join(),
        |error| match error {
            NotMember::Away(StoreError::Away(_) | StoreError::Busy(_)) => true,
            NotMember::Away(_) | NotMember::OtherSecret | NotMember::OtherForm => false,
        },
    )?;
    match joined {
        Ok(()) => Ok(()),
        Err(NotMember::Away(why)) if patience == Patience::Server => {
            tracing::warn!(
                "the store does not answer yet, and nothing is served until it does: {why}"
            );
            Ok(())
        }
        Err(error) => Err(anyhow!(error).context("store")),
    }
}

/// Whether what is wrong may pass by itself.
fn passes(error: &StoreError) -> bool {
    matches!(error, StoreError::Away(_))
}

/// Says in the log, once, what the server is not set up to keep.
///
/// # Errors
/// The server does not know us.
pub(super) fn warn(installation: &Installation) -> Result<()> {
    let Some(member) = &installation.member else {
        return Ok(());
    };
    let within = installation.settings.redis.options.within;
    for warning in warnings(member.link(), within)?.unwrap_or_default() {
        tracing::warn!("store: {warning}");
    }
    Ok(())
}

/// What the server is not set up to keep, or why it does not say.
///
/// # Errors
/// The server does not know us.
pub(super) fn warnings(link: &Link, within: Duration) -> Result<Result<Vec<String>, StoreError>> {
    asked(link, within, || link.check(), passes)
}

/// The way to the server of `settings`; none: files keep everything.
///
/// # Errors
/// A file of its settings that cannot be read.
pub(super) fn link(settings: &Settings) -> Result<Option<Link>> {
    let address = settings.store_address();
    let address = address.map_err(|(setting, message)| anyhow!("{setting}: {message}"))?;
    Ok(address.map(|address| Link::to(address, &settings.redis.options)))
}

/// The secret of the first node of all; where there are others, theirs must be brought here.
fn first_secret(settings: &Settings, link: &Link, within: Duration) -> Result<Secrets> {
    let file = settings.secret_file.display();
    let others = asked(link, within, || has_members(link), passes)?;
    match others {
        Ok(false) => Ok(secrets(&settings.secret_file)?),
        Ok(true) => bail!(
            "there is no secret at {file}, and other nodes share one at this Redis: bring theirs here, as that file or in EDITKEY_SECRET; this node makes none of its own"
        ),
        Err(error) => Err(anyhow!(error)).with_context(|| {
            format!("there is no secret at {file} yet, and whether other nodes share one cannot be asked")
        }),
    }
}

/// What was answered, or why not after `within` of asking.
///
/// # Errors
/// The server does not know us; waiting would not mend that.
pub(super) fn asked<T, E, F>(
    link: &Link,
    within: Duration,
    ask: impl Fn() -> F,
    passes: impl Fn(&E) -> bool,
) -> Result<Result<T, E>>
where
    F: Future<Output = Result<T, E>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let end = Instant::now() + within;
    loop {
        let answer = runtime.block_on(ask());
        let Err(error) = &answer else {
            return Ok(answer);
        };
        if let LinkState::Down(why) | LinkState::ReadOnly(why) = link.state()
            && UNKNOWN.iter().any(|word| why.contains(word))
        {
            bail!(
                "the store does not let us in: {why}; see the user and the password in 'store', redis.password_file and EDITKEY_REDIS__PASSWORD, and what docs/redis.md grants"
            );
        }
        if !passes(error) || Instant::now() >= end {
            return Ok(answer);
        }
        std::thread::sleep(AGAIN);
    }
}

/// Says how the address was understood, and what the server says to it.
///
/// # Errors
/// A file of its settings that cannot be read; a server that does not know us; `out` or `err` cannot be written to.
pub(super) fn tell(settings: &Settings, out: &mut dyn Write, err: &mut dyn Write) -> Result<()> {
    let Store::Redis(address) = &settings.store else {
        return Ok(());
    };
    let prefix = &settings.redis.options.prefix;
    writeln!(out, "store: {}, below {{{prefix}}}:", described(address))?;
    let Some(link) = link(settings)? else {
        return Ok(());
    };
    match warnings(&link, settings.redis.options.within)? {
        Ok(warnings) => {
            writeln!(out, "store: it answers")?;
            for warning in warnings {
                writeln!(err, "store: {warning}")?;
            }
        }
        Err(error) => writeln!(err, "store: it does not answer now: {error}")?,
    }
    Ok(())
}

/// An address in words, without its password.
fn described(address: &StoreAddress) -> String {
    let list = |hosts: &[(String, u16)]| {
        let hosts = hosts.iter().map(|(host, port)| spelled(host, *port));
        hosts.collect::<Vec<_>>().join(", ")
    };
    let mut text = match &address.at {
        Where::Server(RedisPlace::Tcp(host, port)) => {
            format!("the server {}", spelled(host, *port))
        }
        Where::Server(RedisPlace::Unix(path)) => format!("the server at {}", path.display()),
        Where::Sentinel { name, sentinels } => {
            format!(
                "the primary of '{name}' as the sentinels {} know it",
                list(sentinels)
            )
        }
        Where::Cluster(nodes) => format!("the cluster of {}", list(nodes)),
    };
    if address.database != 0 {
        text = format!("{text}, database {}", address.database);
    }
    if let Some(user) = &address.user {
        text = format!("{text}, as {user}");
    }
    if address.tls.is_some() {
        text += ", over TLS";
    }
    text
}

fn spelled(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}
