//! Which keys a list shows, as its address says it, and what the list offers besides.

use super::super::query::Query;
use super::Side;
use super::form::malformed;
use super::row::keys;
use crate::error::Refused;
use crate::names::Dirname;
use crate::store::{Cursor, NotSearch, Order, QUERY_BYTES, Search, Sort};

/// Keys on a page.
const LIMIT: usize = 50;
/// Orders that a page offers: the word in the address, and what it is to a person.
const ORDERS: [(&str, &str); 12] = [
    ("created-desc", "newest first"),
    ("created-asc", "oldest first"),
    ("used-desc", "used last"),
    ("used-asc", "unused longest"),
    ("uses-desc", "most used"),
    ("uses-asc", "least used"),
    ("expires-asc", "ends soonest"),
    ("expires-desc", "ends last"),
    ("name-asc", "name, A to Z"),
    ("name-desc", "name, Z to A"),
    ("by-asc", "made for, A to Z"),
    ("by-desc", "made for, Z to A"),
];
/// Parameters that say which keys.
const FILTERS: [&str; 6] = ["state", "rights", "scope", "asks", "by", "dir"];

pub(super) struct Choice {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) options: Vec<Choosable>,
}

pub(super) struct Choosable {
    pub(super) value: &'static str,
    pub(super) text: &'static str,
    pub(super) chosen: bool,
}

pub(super) struct Column {
    pub(super) name: &'static str,
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
    pub(super) fn done(&self) -> String {
        let count = self.given("n").and_then(|text| text.parse().ok());
        match (self.given("done"), count) {
            (Some("revoked"), Some(count)) => format!("Revoked {}.", keys(count)),
            _ => String::new(),
        }
    }

    pub(super) fn caption(&self, sort: Sort, order: Order) -> String {
        let word = word(sort, order);
        let text = ORDERS.iter().find(|(known, _)| *known == word);
        let order = text.map_or("in this order", |(_, text)| *text);
        match self.given("q") {
            Some(text) => format!("Keys with “{text}”, {order}."),
            None => format!("Keys, {order}."),
        }
    }

    pub(super) fn choices(&self) -> Vec<Choice> {
        let choice = |name, label, options: &[(&'static str, &'static str)]| Choice {
            name,
            label,
            options: options
                .iter()
                .map(|(value, text)| Choosable {
                    value,
                    text,
                    chosen: self.given(name) == Some(value),
                })
                .collect(),
        };
        vec![
            choice(
                "state",
                "State",
                &[("", "any"), ("live", "live"), ("expired", "ended")],
            ),
            choice(
                "rights",
                "Rights",
                &[("", "any"), ("view", "view"), ("edit", "edit")],
            ),
            choice(
                "scope",
                "Of",
                &[("", "any"), ("file", "files"), ("directory", "folders")],
            ),
            choice(
                "asks",
                "Asks for",
                &[
                    ("", "any"),
                    ("nothing", "nothing"),
                    ("passphrase", "a passphrase"),
                    ("claim", "one browser"),
                ],
            ),
            choice("sort", "Order", &ORDERS),
        ]
    }

    pub(super) fn columns(&self, side: Side, sort: Sort, order: Order) -> Vec<Column> {
        let column = |name, class, by: Option<(Sort, Order)>| {
            let Some((by, first)) = by else {
                return Column {
                    name,
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
                name,
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
            column("File", "file", Some((Sort::Name, Order::Asc))),
            column("Rights", "rights", None),
            column("Made for", "by", Some((Sort::By, Order::Asc))),
            column("Created", "when", Some((Sort::Created, Order::Desc))),
            column("Ends", "when", Some((Sort::Expires, Order::Asc))),
            column("Last use", "when", Some((Sort::Used, Order::Desc))),
            column("Uses", "number", Some((Sort::Uses, Order::Desc))),
            column("Key id", "id", None),
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
