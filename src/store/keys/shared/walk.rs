//! Which keys are listed, and from which index.

use jiff::Timestamp;

use super::super::Found;
use super::super::scan::Beside;
use super::super::search::{Search, Sort, Whose};
use super::super::table::nameless;
use super::super::uses::KnownUses;
use super::slots::Index;

/// Which keys are listed.
pub(in super::super) struct Walk<'a> {
    pub(super) whose: &'a Whose,
    pub(super) search: &'a Search,
    mine: &'a dyn Fn(&Found) -> bool,
    now: Timestamp,
}

impl<'a> Walk<'a> {
    pub(in super::super) fn of(
        whose: &'a Whose,
        search: &'a Search,
        mine: &'a dyn Fn(&Found) -> bool,
        now: Timestamp,
    ) -> Self {
        Self {
            whose,
            search,
            mine,
            now,
        }
    }

    /// Where they stand.
    pub(super) fn indices(&self) -> Vec<Index> {
        match self.whose {
            Whose::All => vec![Index::All],
            Whose::Of(names) => {
                let mut all: Vec<Index> = names.iter().map(|by| Index::of_by(by)).collect();
                all.sort_unstable();
                all.dedup();
                all
            }
        }
    }

    /// The index whose order is theirs, and of which all are wanted.
    pub(super) fn index(&self) -> Option<Index> {
        let Search {
            text,
            directory,
            by,
            state,
            rights,
            scope,
            passphrase,
            claimed,
            sort,
            order: _,
            after: _,
            limit: _,
        } = self.search;
        let texts = text.is_none() && directory.is_none() && by.is_none();
        let kinds = state.is_none() && rights.is_none() && scope.is_none();
        let all = texts && kinds && passphrase.is_none() && claimed.is_none();
        let anyones = match self.whose {
            Whose::All => false,
            Whose::Of(names) => names.iter().any(|by| nameless(by)),
        };
        let indices = self.indices();
        let one = indices.first().copied().filter(|_| indices.len() == 1);
        one.filter(|_| all && !anyones && *sort == Sort::Created)
    }
}

impl<'a> Walk<'a> {
    pub(super) fn beside(&self, uses: &'a dyn KnownUses) -> Beside<'a> {
        Beside {
            uses,
            mine: self.mine,
            now: self.now,
        }
    }
}
