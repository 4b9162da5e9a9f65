//! The first names of many in the order of a page: of fifty thousand each is compared once or twice, and few are kept.

use super::After;
use super::order::Order;
use crate::resolve::Kind;

/// Names that are kept beyond those of the page, for those that are not there any more when they are looked at.
const SPARE: usize = 50;
/// How often what is kept grows before it is cut back.
const GROWS: usize = 8;

/// The first names behind one.
pub(super) struct Least<'a> {
    order: &'a Order,
    after: Option<&'a After>,
    wanted: usize,
    kept: Vec<(Kind, Box<str>)>,
    /// The last that can still be among them.
    edge: Option<(Kind, Box<str>)>,
}

impl<'a> Least<'a> {
    pub(super) fn of(limit: usize, after: Option<&'a After>, order: &'a Order) -> Self {
        Self {
            order,
            after,
            wanted: limit + SPARE,
            kept: Vec::new(),
            edge: None,
        }
    }

    pub(super) fn offer(&mut self, (kind, name): (Kind, &str)) {
        let beyond =
            |edge: &(Kind, Box<str>)| self.order.of((kind, name), (edge.0, &edge.1)).is_gt();
        if self.edge.as_ref().is_some_and(beyond) {
            return;
        }
        let behind = |after: &&After| {
            self.order
                .of((kind, name), (after.kind, &after.text))
                .is_le()
        };
        if self.after.as_ref().is_some_and(behind) {
            return;
        }
        self.kept.push((kind, name.into()));
        if self.kept.len() >= self.wanted * GROWS {
            self.cut();
        }
    }

    /// They, in order, and whether there are more.
    pub(super) fn into_sorted(mut self) -> (Vec<(Kind, Box<str>)>, bool) {
        if self.kept.len() > self.wanted {
            self.cut();
        }
        let order = self.order;
        self.kept
            .sort_unstable_by(|one, other| order.of((one.0, &one.1), (other.0, &other.1)));
        (self.kept, self.edge.is_some())
    }

    fn cut(&mut self) {
        let order = self.order;
        let last = self.wanted - 1;
        self.kept.select_nth_unstable_by(last, |one, other| {
            order.of((one.0, &one.1), (other.0, &other.1))
        });
        self.kept.truncate(self.wanted);
        self.edge = self.kept.last().cloned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_order_they_come_in_the_first_are_kept() {
        let order = Order::new();
        let names: Vec<String> = (0..5000).map(|number| format!("{number}.md")).collect();
        let mixed = (0..5000).map(|at| &names[at * 2311 % 5000]);
        let ways: [Vec<&String>; 3] = [
            names.iter().collect(),
            names.iter().rev().collect(),
            mixed.collect(),
        ];
        let after: After = "file/41.md".parse().expect("a place");
        for way in ways {
            let mut least = Least::of(3, Some(&after), &order);
            for name in way {
                least.offer((Kind::File, name));
            }
            let (kept, more) = least.into_sorted();
            let kept: Vec<&str> = kept.iter().map(|(_, name)| &**name).collect();
            assert_eq!(kept, names[42..42 + 3 + SPARE]);
            assert!(more);
        }
        let mut few = Least::of(3, None, &order);
        few.offer((Kind::File, "a"));
        few.offer((Kind::Directory, "b"));
        let (kept, more) = few.into_sorted();
        assert_eq!(
            kept,
            [(Kind::Directory, "b".into()), (Kind::File, "a".into())]
        );
        assert!(!more);
    }
}
