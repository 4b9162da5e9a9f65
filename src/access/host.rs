//! What host applications grant and withdraw, never above the ceiling that the settings set them.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::told::spelled;
use super::{Access, Entry, Moment};
use crate::error::{Kind, Refused};
use crate::grants::DIRECTORIES;
use crate::mint::{Life, Secrets, random};
use crate::names::{Basename, Dirname, Malformed, Rights};
use crate::resolve::Roots;
use crate::settings::{Host, TokenHash};
use crate::store::{GrantedDirectory, HostGrant, Ticket, TicketFile, Withdrawn, ticket_end};
use crate::visitor::User;

/// What a host asks us to grant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantRequest {
    user: Option<String>,
    #[serde(default)]
    poweruser: bool,
    #[serde(default)]
    directories: Vec<AskedDirectory>,
    lifetime: Option<String>,
    file: Option<TicketFile>,
}

/// A directory: its path alone, or with rights.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum AskedDirectory {
    Path(String),
    Limited(LimitedDirectory),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitedDirectory {
    path: String,
    rights: Rights,
}

/// A grant that was made.
#[derive(Debug, Serialize)]
pub struct Granted {
    /// Its name, for withdrawing it.
    pub id: String,
    /// The ticket for the browser.
    pub ticket: String,
    /// When the grant ends.
    pub expires: Timestamp,
}

impl Entry {
    /// The host whose token this is.
    ///
    /// # Errors
    /// [`Kind::Unauthorized`].
    pub fn host(&self, token: Option<&str>) -> Result<&Host, Refused> {
        // Hashes are compared, so that no time tells how much of a token was right.
        let hash = token.map(TokenHash::of);
        let known = self
            .hosts
            .iter()
            .find(|host| hash.as_ref() == Some(&host.token));
        known.ok_or_else(|| Refused::new(Kind::Unauthorized, "not the token of a host"))
    }

    /// Grants what `host` asks for, if its ceiling holds all of it.
    ///
    /// # Errors
    /// [`Kind::Malformed`]; [`Kind::Refused`] above the ceiling; what the store says.
    pub async fn grant(
        &self,
        host: &Host,
        asked: GrantRequest,
        roots: &Roots,
        secrets: &Secrets,
        now: Timestamp,
    ) -> Result<Granted, Refused> {
        let malformed = |rule: &'static str| Refused::new(Kind::Malformed(rule), rule);
        let user = asked.user.as_deref().map(User::parse).transpose();
        user.map_err(|_| malformed("user: 1 to 128 characters, none of them a control character, no space at either end"))?;
        if asked.directories.len() > DIRECTORIES {
            return Err(malformed("directories: at most 1000"));
        }
        let lifetime = self.life(host, asked.lifetime.as_deref(), now)?;
        let grant = HostGrant {
            host: host.name.as_str().to_owned(),
            user: asked.user,
            poweruser: asked.poweruser.then_some(host.ceiling.rights),
            directories: asked
                .directories
                .into_iter()
                .map(|asked| asked.limited(host.ceiling.rights))
                .collect::<Result<_, _>>()?,
            expires: Life::of(lifetime)?.end(now).unwrap_or(now),
        };
        if !within(&grant, host, roots)? {
            return Err(Refused::new(
                Kind::Refused,
                format_args!("{}: above the host's ceiling", host.name.as_str()),
            ));
        }
        if let Some(file) = &asked.file {
            Dirname::parse(&file.dirname)?;
            Basename::parse(&file.basename)?;
        }
        let id = URL_SAFE_NO_PAD.encode(random::<12>()?);
        let ticket = URL_SAFE_NO_PAD.encode(random::<24>()?);
        let expires = grant.expires;
        let carried = Ticket {
            grant: Some(id.clone()),
            file: asked.file,
            expires: ticket_end(now),
        };
        self.sessions
            .grant(id.clone(), grant, secrets.ticket_name(&ticket), carried)
            .await?;
        Ok(Granted {
            id,
            ticket,
            expires,
        })
    }

    /// How long a grant of this host lives.
    fn life(&self, host: &Host, asked: Option<&str>, now: Timestamp) -> Result<Duration, Refused> {
        let longest = host
            .ceiling
            .lifetime
            .map_or(self.lifetime, |ceiling| ceiling.min(self.lifetime));
        let Some(asked) = asked else {
            return Ok(longest);
        };
        let Life::For(secs) = Life::parse(asked, now)? else {
            return Err(Malformed::Life.into());
        };
        let asked = Duration::from_secs(secs.into());
        if host.ceiling.lifetime.is_some_and(|ceiling| asked > ceiling) {
            return Err(Refused::new(
                Kind::Refused,
                "a longer life than the host's ceiling",
            ));
        }
        Ok(asked.min(self.lifetime))
    }

    /// Withdraws one grant of `host`, and the keys that came of it where the settings say so.
    ///
    /// # Errors
    /// What the store says.
    pub async fn withdraw(
        &self,
        host: &Host,
        id: String,
        access: &Access,
        now: Moment,
    ) -> Result<usize, Refused> {
        let name = host.name.as_str().to_owned();
        let ids = [id];
        let granted = self.sessions.grants(&ids, now.time).await?;
        let [id] = ids;
        let withdrawn = self.sessions.withdraw(name, Withdrawn::One(id)).await?;
        let user = granted.first().and_then(|grant| grant.user.as_deref());
        if let Some(user) = user.filter(|_| withdrawn > 0) {
            self.withdrawn(host, user, access, now).await?;
        }
        Ok(withdrawn)
    }

    /// Withdraws all grants of `host` to `user`, and the keys that came of them where the settings say so.
    ///
    /// # Errors
    /// What the store says.
    pub async fn withdraw_user(
        &self,
        host: &Host,
        user: &str,
        access: &Access,
        now: Moment,
    ) -> Result<usize, Refused> {
        let name = host.name.as_str().to_owned();
        let withdrawn = self
            .sessions
            .withdraw(name, Withdrawn::To(user.to_owned()))
            .await?;
        self.withdrawn(host, user, access, now).await?;
        Ok(withdrawn)
    }
}

impl AskedDirectory {
    fn limited(self, most: Rights) -> Result<GrantedDirectory, Malformed> {
        let (path, rights) = match self {
            Self::Path(path) => (path, most),
            Self::Limited(LimitedDirectory { path, rights }) => (path, rights),
        };
        let path = Dirname::parse(&path)?;
        Ok(GrantedDirectory { path, rights })
    }
}

/// Whether the host may grant all of this, now. A directory that is not there yet is compared as it is spelled.
///
/// # Errors
/// [`Kind::Unavailable`] where the disk does not tell.
fn within(grant: &HostGrant, host: &Host, roots: &Roots) -> Result<bool, Refused> {
    let ceiling = &host.ceiling;
    let place = |path: &Dirname| spelled(path, roots);
    let held: Vec<Dirname> = match &ceiling.directories {
        Some(directories) => directories.iter().map(place).collect::<Result<_, _>>()?,
        None => roots.paths().to_vec(),
    };
    let mut directories = true;
    for granted in &grant.directories {
        let path = place(&granted.path)?;
        directories &= granted.rights <= ceiling.rights
            && held.iter().any(|above| path.below(above).is_some());
    }
    let poweruser = grant
        .poweruser
        .is_none_or(|rights| ceiling.poweruser && rights <= ceiling.rights);
    Ok(directories && poweruser)
}
