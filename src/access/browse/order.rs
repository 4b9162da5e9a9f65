//! The order in which people look for names: directories first, then as a dictionary has them, numbers by their size.
//!
//! Two names are never equal in it but where they are the same to the byte, so that a page comes behind one name.

use std::cmp::Ordering;

use icu_collator::options::CollatorOptions;
use icu_collator::preferences::CollationNumericOrdering;
use icu_collator::{CollatorBorrowed, CollatorPreferences};

use crate::resolve::Kind;

/// The order.
pub(super) struct Order(Option<CollatorBorrowed<'static>>);

impl Order {
    pub(super) fn new() -> Self {
        let mut wanted = CollatorPreferences::default();
        wanted.numeric_ordering = Some(CollationNumericOrdering::True);
        // It is compiled in; were it not, names would come by their bytes.
        Self(CollatorBorrowed::try_new(wanted, CollatorOptions::default()).ok())
    }

    pub(super) fn of(&self, one: (Kind, &str), other: (Kind, &str)) -> Ordering {
        let by_kind = one.0.cmp(&other.0);
        by_kind.then_with(|| self.of_names(one.1, other.1))
    }

    pub(super) fn of_names(&self, one: &str, other: &str) -> Ordering {
        let people = self.0.as_ref().map(|order| order.compare(one, other));
        people
            .unwrap_or(Ordering::Equal)
            .then_with(|| one.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_by_their_size_and_letters_by_the_alphabet() {
        let order = Order::new();
        let mut names = ["b10", "B2", "ä", "z", "a", "b2", "Ω", "あ", ".env", "b 1"];
        names.sort_by(|one, other| order.of_names(one, other));
        assert_eq!(
            names,
            [".env", "a", "ä", "b 1", "b2", "B2", "b10", "z", "Ω", "あ"]
        );
        let file_then_directory = order.of((Kind::File, "a"), (Kind::Directory, "z"));
        assert_eq!(file_then_directory, Ordering::Greater);
        assert_ne!(order.of_names("e\u{301}", "\u{e9}"), Ordering::Equal);
    }
}
