//! A store as the command line names it, opened to move from or to. It must never make one that is to be moved from.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::cli::node::{self, Goes};
use crate::settings::{Settings, Store};
use crate::store::moving::{Files, Server, Side};
use crate::store::ownership;
use crate::store::redis::{Link, StoreAddress};

/// A store as it was named.
#[derive(Debug)]
pub(super) enum Named {
    Files { key_file: PathBuf, folder: PathBuf },
    Redis(Box<StoreAddress>),
}

impl Named {
    /// The one that `text` names.
    ///
    /// # Errors
    /// It names none.
    pub(super) fn parse(text: &str, settings: &Settings) -> Result<Self> {
        match text.split_once(':') {
            None if text == "json" => Ok(Self::files(settings)),
            None if text == "settings" => match settings.store {
                Store::Json => Ok(Self::files(settings)),
                Store::Redis(_) => {
                    let address = settings.store_address();
                    let address =
                        address.map_err(|(setting, message)| anyhow!("{setting}: {message}"))?;
                    let address = address.context("'store' names no Redis")?;
                    Ok(Self::Redis(Box::new(address)))
                }
            },
            Some(("json", path)) => {
                let key_file = std::path::absolute(Path::new(path))?;
                let folder = key_file.parent().unwrap_or(Path::new("/")).to_owned();
                Ok(Self::Files { key_file, folder })
            }
            _ => {
                let address = settings.store_named(text).map_err(anyhow::Error::msg);
                address.map(|address| Self::Redis(Box::new(address)))
            }
        }
    }

    fn files(settings: &Settings) -> Self {
        Self::Files {
            key_file: settings.access_key_file.clone(),
            folder: settings.key_folder.clone(),
        }
    }

    /// Whether both are the same, as far as their names tell.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Files { key_file, .. },
                Self::Files {
                    key_file: other, ..
                },
            ) => key_file == other,
            (Self::Redis(one), Self::Redis(other)) => {
                one.at == other.at && one.database == other.database
            }
            (Self::Files { .. }, Self::Redis(_)) | (Self::Redis(_), Self::Files { .. }) => false,
        }
    }

    /// The same, which must be there.
    pub(super) fn source(&self, settings: &Settings) -> Result<Box<dyn Side>> {
        if let Self::Files { key_file, .. } = self
            && !key_file.exists()
        {
            bail!("there is no key file {}", key_file.display());
        }
        self.side(settings, Goes::From)
    }

    /// The same, which everything goes to.
    pub(super) fn side(&self, settings: &Settings, goes: Goes) -> Result<Box<dyn Side>> {
        match self {
            Self::Files { key_file, folder } => {
                let there = if key_file.symlink_metadata().is_ok() {
                    key_file
                } else {
                    folder
                };
                ownership::check_state(there)?;
                Ok(Box::new(Files::of(key_file, folder)))
            }
            Self::Redis(address) => {
                let link = Link::to(StoreAddress::clone(address), &settings.redis.options);
                let secrets = node::join_to_move(settings, &link, goes)?;
                Ok(Box::new(Server::over(&link, secrets.sealer())))
            }
        }
    }
}
