//! Following links while minting, component by component, to the canonical spelling of a place.
//!
//! What it finds must never be used before it was opened again through its root and no link: it only says what to ask
//! for. It never follows a link that the kernel makes up (`/proc/self/root`), and never opens a file.

use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, FileType, readlinkat, statat};
use rustix::io::Errno;

use crate::file_system::made_up;
use crate::names::{Basename, Dirname, Place};

use super::Refusal;
use super::identity::Node;
use super::way::{Way, one, top};

/// Most links on one way, as the kernel has it.
const HOPS_MOST: usize = 40;

/// The canonical spelling of a directory.
pub(super) fn directory(
    way: Way,
    dirname: &Dirname,
    grants: &[Dirname],
) -> Result<Dirname, Refusal> {
    match way.absolute(dirname) {
        Ok(_) => Ok(dirname.clone()),
        Err(Errno::LOOP) => {
            let mut walk = Walk::start(grants)?;
            walk.go_to_directory(dirname.as_str())?;
            walk.position()
        }
        Err(errno) => Err(Refusal::of_directory(errno)),
    }
}

/// The canonical place of a file and which file it is; no file where the name is free in an existing directory.
pub(super) fn file(
    way: Way,
    dirname: &Dirname,
    basename: &Basename,
    grants: &[Dirname],
) -> Result<(Place, Option<Node>), Refusal> {
    let mut walk = Walk::start(grants)?;
    // A directory without links needs no walk, and its spelling is known.
    match way.absolute(dirname) {
        Ok(handle) => walk.jump(handle, dirname),
        Err(_) => walk.go_to_directory(dirname.as_str())?,
    }
    let mut name = basename.as_str().to_owned();
    let mut asked = true;
    loop {
        let found = match statat(&walk.here, name.as_str(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Some(stat),
            Err(Errno::NOENT) if asked => None,
            // The end of a link is not there: what the first save made would appear where the link says.
            Err(Errno::NOENT) => return Err(Refusal::Link),
            Err(errno) => return Err(Refusal::of_file(errno)),
        };
        let kind = found.map(|stat| FileType::from_raw_mode(stat.st_mode));
        if kind != Some(FileType::Symlink) {
            let place = Place {
                dirname: walk.position()?,
                basename: Basename::parse(&name).map_err(|_| Refusal::Outside)?,
            };
            return Ok((place, found.map(|stat| Node::of(&stat))));
        }
        let target = walk.target(&name)?;
        let (above, last) = target.split_at(target.rfind('/').map_or(0, |slash| slash + 1));
        if matches!(last, "" | "." | "..") {
            return Err(Refusal::NotRegular);
        }
        walk.go_to_directory(above)?;
        last.clone_into(&mut name);
        asked = false;
    }
}

/// A walk: where it is, by handle and by name, and what it met.
struct Walk<'a> {
    here: OwnedFd,
    names: Vec<String>,
    hops: usize,
    grants: &'a [Dirname],
    met_link_within: bool,
}

impl<'a> Walk<'a> {
    fn start(grants: &'a [Dirname]) -> Result<Self, Refusal> {
        Ok(Self {
            here: top().map_err(Refusal::Io)?,
            names: Vec::new(),
            hops: 0,
            grants,
            met_link_within: false,
        })
    }

    fn jump(&mut self, handle: OwnedFd, dirname: &Dirname) {
        self.here = handle;
        self.names = components(dirname.as_str()).map(str::to_owned).collect();
    }

    /// Goes on to a directory, from `/` where the path starts there.
    fn go_to_directory(&mut self, path: &str) -> Result<(), Refusal> {
        let mut left = Vec::new();
        self.take_up(path, &mut left)?;
        while let Some(name) = left.pop() {
            if name == ".." {
                // A handle's own parent: above `/` there is `/`.
                self.here = one(&self.here, "..").map_err(Refusal::of_directory)?;
                self.names.pop();
                continue;
            }
            match one(&self.here, &name) {
                Ok(handle) => {
                    self.here = handle;
                    self.names.push(name);
                }
                Err(Errno::LOOP) => {
                    let target = self.target(&name)?;
                    self.take_up(&target, &mut left)?;
                }
                Err(errno) => return Err(Refusal::of_directory(errno)),
            }
        }
        Ok(())
    }

    /// Puts the components of a path before those that are left, the next one last.
    fn take_up(&mut self, path: &str, left: &mut Vec<String>) -> Result<(), Refusal> {
        if path.starts_with('/') {
            self.here = top().map_err(Refusal::Io)?;
            self.names.clear();
        }
        left.extend(components(path).rev().map(str::to_owned));
        Ok(())
    }

    /// What the link of that name says.
    fn target(&mut self, name: &str) -> Result<String, Refusal> {
        self.hops += 1;
        if self.hops > HOPS_MOST || made_up(&self.here) {
            return Err(Refusal::Link);
        }
        let within = self.position().is_ok_and(|position| {
            self.grants
                .iter()
                .any(|grant| position.below(grant).is_some())
        });
        if self.met_link_within && !within {
            return Err(Refusal::Link);
        }
        self.met_link_within |= within;
        let target = readlinkat(&self.here, name, Vec::new()).map_err(|_| Refusal::Outside)?;
        target.into_string().map_err(|_| Refusal::Outside)
    }

    fn position(&self) -> Result<Dirname, Refusal> {
        Dirname::parse(&format!("/{}", self.names.join("/"))).map_err(|_| Refusal::Outside)
    }
}

/// The components of a path but for those that say nothing.
fn components(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/')
        .filter(|component| !matches!(*component, "" | "."))
}
