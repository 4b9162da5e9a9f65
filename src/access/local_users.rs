//! Local users: a name and a password become a session, which is good while the users file says so.
//!
//! The session holds a name and what the file said of it at sign-in. Another password, a removal and "sign out
//! everywhere" change that in the file, and so end every session at its next request, in every process.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Entry, Holder};
use crate::error::{Kind, Refused};
use crate::mint::{Cost, NoRandom, Password, PasswordHash, random};
use crate::store::{LocalUser, UserName, Users};
use crate::visitor::{Source, User, Visitor};

/// The users file, and what sign-in needs besides.
pub struct LocalUsers {
    users: Users,
    cost: Cost,
    /// The hash of a password that nobody has: an unknown name takes as long as a known one.
    nobody: PasswordHash,
}

/// Who signed in, as the session keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The name.
    pub name: String,
    /// What the file said at that moment; another epoch there ends the session.
    epoch: String,
}

impl LocalUsers {
    /// Those in the file.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn new(users: Users) -> Result<Self, NoRandom> {
        let cost = Cost::default();
        let drawn = random::<24>()?.map(|byte| char::from(b'a' + byte % 26));
        let unknown = Zeroizing::new(drawn.iter().collect::<String>());
        let unknown = Password::typed(unknown).map_err(|_| NoRandom)?;
        Ok(Self {
            users,
            nobody: PasswordHash::of(&unknown, &cost)?,
            cost,
        })
    }

    /// Whom `name` and `password` sign in. Takes as long for a name that nobody has. Blocks for some 40 ms.
    ///
    /// # Errors
    /// What the store says.
    pub fn sign_in(&self, name: &str, password: &Password) -> Result<Option<SignedIn>, Refused> {
        let table = self.users.look()?;
        let user = table.find(name);
        let right = user
            .map_or(&self.nobody, |user| &user.password)
            .is_of(password);
        let Some(user) = user.filter(|_| right) else {
            return Ok(None);
        };
        if user.password.is_below(&self.cost) {
            self.rehash(name, user, password);
        }
        Ok(Some(SignedIn {
            name: name.to_owned(),
            epoch: user.epoch().to_owned(),
        }))
    }

    /// The same password at today's cost. To fail is no reason not to let somebody in.
    fn rehash(&self, name: &str, before: &LocalUser, password: &Password) {
        let rehashed = PasswordHash::of(password, &self.cost)
            .map_err(Refused::from)
            .and_then(|hash| {
                self.users.edit(|table| {
                    let Ok(name) = name.parse::<UserName>() else {
                        return Ok(());
                    };
                    let user = table.find_mut(&name);
                    // Another password may have been set meanwhile.
                    let same =
                        |user: &&mut LocalUser| user.password.as_str() == before.password.as_str();
                    if let Some(user) = user.filter(same) {
                        user.password = hash;
                    }
                    Ok(())
                })
            });
        if let Err(error) = rehashed {
            tracing::warn!("a password was not hashed anew: {error}");
        }
    }

    fn user_of(&self, signed_in: &SignedIn) -> Result<Option<(Visitor, bool)>, Refused> {
        let table = self.users.look()?;
        let user = table.find(&signed_in.name);
        let user = user.filter(|user| user.epoch() == signed_in.epoch);
        let Some((user, name)) = user.zip(User::parse(&signed_in.name).ok()) else {
            tracing::debug!("a session that another password, a removal or signing out has ended");
            return Ok(None);
        };
        let visitor = Visitor {
            user: Some(name),
            ..Visitor::of(Source::Users)
        };
        Ok(Some((visitor, user.admin)))
    }

    /// Ends all sessions of this user. Blocks.
    ///
    /// # Errors
    /// What the store says.
    pub fn end_sessions(&self, signed_in: &SignedIn) -> Result<(), Refused> {
        self.users.edit(|table| {
            let name = signed_in.name.parse::<UserName>();
            let name = name.map_err(|error| Refused::new(Kind::Refused, error))?;
            let user = table.find_mut(&name);
            // Whoever carries an older epoch is signed out already.
            if let Some(user) = user.filter(|user| user.epoch() == signed_in.epoch) {
                user.end_sessions()?;
            }
            Ok(())
        })
    }
}

impl Entry {
    /// The same with local users.
    #[must_use]
    pub fn with_users(mut self, users: Option<LocalUsers>) -> Self {
        self.users = users.map(Arc::new);
        self
    }

    /// The local users, if there is a file of them.
    #[must_use]
    pub fn users(&self) -> Option<&Arc<LocalUsers>> {
        self.users.as_ref()
    }

    /// Whether a local user has this name; `None` when the users file is not there or cannot be read.
    pub(super) fn is_user(&self, name: Option<&str>) -> Option<bool> {
        let Some((users, name)) = self.users.as_ref().zip(name) else {
            return Some(false);
        };
        let table = users.users.look().ok()?;
        let found = table.find(name).is_some();
        (found || users.users.is_there()).then_some(found)
    }

    /// Whether the local user of this name is an administrator.
    pub(super) fn is_admin(&self, name: Option<&str>) -> bool {
        let table = self
            .users
            .as_ref()
            .and_then(|users| users.users.look().ok());
        let user = table
            .as_ref()
            .zip(name)
            .and_then(|(table, name)| table.find(name));
        user.is_some_and(|user| user.admin)
    }

    /// The local user whom this session is of, at this moment, and whether they are an administrator.
    ///
    /// # Errors
    /// What the store says.
    pub fn signed_in(&self, holder: &Holder) -> Result<Option<(Visitor, bool)>, Refused> {
        match (&self.users, &holder.user) {
            (Some(users), Some(signed_in)) => users.user_of(signed_in),
            _ => Ok(None),
        }
    }
}

impl Holder {
    /// The session of somebody who has just signed in; nothing of another's is in it.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn of(signed_in: SignedIn) -> Result<Self, NoRandom> {
        Ok(Self {
            user: Some(signed_in),
            browser: URL_SAFE_NO_PAD.encode(random::<12>()?),
            ..Self::default()
        })
    }
}
