//! What the rows of a policy come to for somebody, row by row. Nothing is decided here.

use super::gift::{Gift, Gives};
use crate::grants::{Explained, Grants, Policy, Row, What};
use crate::names::Rights;
use crate::visitor::Visitor;

/// The rows of a policy, and what they come to.
pub struct ByPolicy<'a> {
    /// Each row, in the order of the settings, and what it is to the visitor.
    pub rows: Vec<(&'a Row, Explained)>,
    /// What those that hold give together.
    pub sum: Grants,
    /// Whether one of them gives administration.
    pub admin: bool,
}

impl<'a> ByPolicy<'a> {
    /// What `policy` gives; `as_asked` is the visitor as each row asks for them.
    #[must_use]
    pub fn of(policy: &'a Policy, as_asked: impl Fn(&Row) -> Visitor) -> Self {
        let mut all = Self {
            rows: Vec::new(),
            sum: Grants::default(),
            admin: false,
        };
        for row in policy.rows() {
            let explained = row.explain(&as_asked(row));
            if let Explained::Holds(grants) = &explained {
                all.sum = all.sum.and(grants.clone());
                all.admin |= row.admin;
            }
            all.rows.push((row, explained));
        }
        all
    }
}

/// What a row gives.
#[must_use]
pub fn gives(row: &Row) -> Gives {
    let mut given = match &row.what {
        What::Nothing => Vec::new(),
        What::Everything => vec![Gift::Everything],
        What::Directories(directories) => {
            let directories = directories.iter().map(ToString::to_string);
            directories.map(Gift::Directory).collect()
        }
    };
    if row.rights == Rights::View && !given.is_empty() {
        given.push(Gift::View);
    }
    if row.admin {
        given.push(Gift::Administration);
    }
    given.into_iter().collect()
}
