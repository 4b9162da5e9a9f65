//! Which keys a list shows, as its address says it, and what the list offers besides.

use super::super::query::Query;
use super::super::words::Words;
use super::Side;
use super::form::malformed;
use crate::error::Refused;
use crate::names::{Dirname, Rights};
use crate::store::{Cursor, NotSearch, Order, QUERY_BYTES, Search, Sort};

/// Keys on a page.
const LIMIT: usize = 50;
/// Orders that a page offers, by the word in the address.
const ORDERS: [&str; 12] = [
    "created-desc",
    "created-asc",
    "used-desc",
    "used-asc",
    "uses-desc",
    "uses-asc",
    "expires-asc",
    "expires-desc",
    "name-asc",
    "name-desc",
    "by-asc",
    "by-desc",
];
/// Parameters that say which keys.
const FILTERS: [&str; 6] = ["state", "rights", "scope", "asks", "by", "dir"];

pub(super) struct Choice {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) options: Vec<Choosable>,
}

pub(super) struct Choosable {
    pub(super) value: &'static str,
    pub(super) text: String,
    pub(super) chosen: bool,
}

pub(super) struct Column {
    pub(super) name: String,
    pub(super) class: &'static str,
    /// The list in its order; empty where there is none.
    pub(super) href: String,
    /// What `aria-sort` says; empty where it is not sorted by this.
    pub(super) sorted: &'static str,
}

/// What the query asks for; what is empty is not asked for.
pub(super) struct Wanted(pub(super) Query);

impl Wanted {
    /// Whether anything but a text and an order is asked for.
    pub(super) fn filters(&self) -> bool {
        FILTERS.iter().any(|name| self.given(name).is_some())
    }

    pub(super) fn given(&self, name: &str) -> Option<&str> {
        self.0.value(name).filter(|text| !text.is_empty())
    }

    pub(super) fn text(&self, name: &str) -> String {
        self.given(name).unwrap_or_default().to_owned()
    }

    pub(super) fn search(&self, side: Side) -> Result<Search, Refused> {
        let wrong = |error: NotSearch| malformed(error.rule());
        let text = self.given("q");
        if text.is_some_and(|text| text.len() > QUERY_BYTES) {
            return Err(malformed("a text to look for has at most 256 bytes"));
        }
        let (sort, order) = match self.given("sort") {
            None => (Sort::default(), Order::default()),
            Some(text) => {
                let (sort, order) = text.split_once('-').unwrap_or((text, "desc"));
                let order = order.parse().map_err(wrong)?;
                (sort.parse().map_err(wrong)?, order)
            }
        };
        let (passphrase, claimed) = match self.given("asks") {
            None => (None, None),
            Some("nothing") => (Some(false), Some(false)),
            Some("passphrase") => (Some(true), None),
            Some("claim") => (None, Some(true)),
            Some(_) => return Err(malformed("asks is 'nothing', 'passphrase' or 'claim'")),
        };
        let after = self.given("after").map(str::parse::<Cursor>).transpose();
        let state = self.given("state").map(str::parse).transpose();
        Ok(Search {
            text: text.map(str::to_owned),
            directory: self.given("dir").map(Dirname::parse).transpose()?,
            by: self
                .given("by")
                .filter(|_| side == Side::All)
                .map(str::to_owned),
            state: state.map_err(wrong)?,
            rights: self.given("rights").map(str::parse).transpose()?,
            scope: self.given("scope").map(str::parse).transpose()?,
            passphrase,
            claimed,
            sort,
            order,
            after: after.map_err(wrong)?,
            limit: LIMIT,
        })
    }

    /// What was done just before: one of a few sentences, and a number.
    pub(super) fn done(&self, words: &Words) -> String {
        let count: Option<usize> = self.given("n").and_then(|text| text.parse().ok());
        match (self.given("done"), count) {
            (Some("revoked"), Some(count)) => words.with("list-revoked", &[("count", &count)]),
            _ => String::new(),
        }
    }

    pub(super) fn caption(&self, sort: Sort, order: Order, words: &Words) -> String {
        let order = words.with("order", &[("order", &word(sort, order))]);
        match self.given("q") {
            Some(text) => words.with("list-caption-with", &[("text", &text), ("order", &order)]),
            None => words.with("list-caption", &[("order", &order)]),
        }
    }

    pub(super) fn choices(&self, words: &Words) -> Vec<Choice> {
        let choice = |name, label, options: Vec<(&'static str, String)>| Choice {
            name,
            label,
            options: options
                .into_iter()
                .map(|(value, text)| Choosable {
                    chosen: self.given(name) == Some(value),
                    value,
                    text,
                })
                .collect(),
        };
        let any = ("", words.say("choice-any"));
        let state = |state: &str| words.with("state", &[("state", &state)]);
        let states = vec![
            any.clone(),
            ("live", state("live")),
            ("expired", state("ended")),
        ];
        let rights = vec![
            any.clone(),
            ("view", rights(words, Rights::View)),
            ("edit", rights(words, Rights::Edit)),
        ];
        let scopes = vec![
            any.clone(),
            ("file", words.say("choice-files")),
            ("directory", words.say("choice-folders")),
        ];
        let asks = vec![
            any,
            ("nothing", words.say("choice-nothing")),
            ("passphrase", words.say("choice-passphrase")),
            ("claim", words.say("choice-claim")),
        ];
        let order = |order: &'static str| (order, words.with("order", &[("order", &order)]));
        let orders = ORDERS.map(order).to_vec();
        vec![
            choice("state", words.say("choice-state"), states),
            choice("rights", words.say("choice-rights"), rights),
            choice("scope", words.say("choice-scope"), scopes),
            choice("asks", words.say("choice-asks"), asks),
            choice("sort", words.say("choice-order"), orders),
        ]
    }

    pub(super) fn columns(
        &self,
        side: Side,
        sort: Sort,
        order: Order,
        words: &Words,
    ) -> Vec<Column> {
        let column = |name: &str, class, by: Option<(Sort, Order)>| {
            let Some((by, first)) = by else {
                return Column {
                    name: words.say(name),
                    class,
                    href: String::new(),
                    sorted: "",
                };
            };
            let next = match (sort == by, order) {
                (true, Order::Asc) => Order::Desc,
                (true, Order::Desc) => Order::Asc,
                (false, _) => first,
            };
            Column {
                name: words.say(name),
                class,
                href: self.href(side, &[("sort", &word(by, next)), ("after", "")]),
                sorted: match order {
                    _ if sort != by => "",
                    Order::Asc => "ascending",
                    Order::Desc => "descending",
                },
            }
        };
        let mut columns = vec![
            column("key-file", "file", Some((Sort::Name, Order::Asc))),
            column("key-rights", "rights", None),
            column("key-made-for", "by", Some((Sort::By, Order::Asc))),
            column("key-created", "when", Some((Sort::Created, Order::Desc))),
            column("key-ends", "when", Some((Sort::Expires, Order::Asc))),
            column("key-used", "when", Some((Sort::Used, Order::Desc))),
            column("key-uses", "number", Some((Sort::Uses, Order::Desc))),
            column("key-id", "id", None),
        ];
        if side == Side::Own {
            columns.retain(|column| column.class != "by");
        }
        columns
    }

    /// The address of this list with some parameters changed; an empty one is left out.
    pub(super) fn href(&self, side: Side, changed: &[(&str, &str)]) -> String {
        let names = [
            "q", "state", "rights", "scope", "asks", "by", "dir", "sort", "after",
        ];
        let start = format!("./{}?", side.list());
        let behind = start.len();
        let mut query = form_urlencoded::Serializer::for_suffix(start, behind);
        for name in names {
            let new = changed.iter().find(|(known, _)| *known == name);
            let value = match new {
                Some((_, value)) => Some(*value),
                None => self.given(name),
            };
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                query.append_pair(name, value);
            }
        }
        let href = query.finish();
        href.strip_suffix('?').unwrap_or(&href).to_owned()
    }
}

/// What rights are in a word.
pub(super) fn rights(words: &Words, rights: Rights) -> String {
    words.with("rights", &[("rights", &rights.as_str())])
}

/// How an order stands in the address.
fn word(sort: Sort, order: Order) -> String {
    let sort = match sort {
        Sort::Created => "created",
        Sort::Expires => "expires",
        Sort::Used => "used",
        Sort::Uses => "uses",
        Sort::Name => "name",
        Sort::By => "by",
    };
    let order = match order {
        Order::Asc => "asc",
        Order::Desc => "desc",
    };
    format!("{sort}-{order}")
}
