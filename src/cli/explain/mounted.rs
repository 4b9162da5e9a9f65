//! The part of `editkey config explain --url` that is about a mount: which file the address names, and what each row of the
//! policy gives there. It asks the gate's own code, and never decides for itself.

use std::io::Write;
use std::time::Instant;

use anyhow::Result;
use comfy_table::{Table, presets};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Explain;
use super::address::known;
use crate::access::{Moment, gives, granted};
use crate::gate::Wanted;
use crate::grants::{Explained, Grants, Row};
use crate::names::{Dirname, Rights};
use crate::resolve::{Refusal, Roots};
use crate::settings::Settings;
use crate::visitor::Visitor;

/// What an address below a mount comes to.
pub(super) struct Mounted {
    directory: Dirname,
    named: String,
    there: String,
    needs: Rights,
    rows: Vec<RowThere>,
    most: Option<Rights>,
}

/// One row of the policy.
struct RowThere {
    who: String,
    gives: String,
    rights: Option<Rights>,
    why: String,
}

impl Mounted {
    pub(super) fn of(
        directory: &Dirname,
        wanted: Wanted<'_>,
        explain: &Explain,
        settings: &Settings,
        roots: &Roots,
        visitor: &Visitor,
    ) -> Result<Self> {
        let now = Moment {
            time: Timestamp::now(),
            instant: Instant::now(),
        };
        let reads = matches!(explain.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        let mut mounted = Self {
            directory: directory.clone(),
            named: String::new(),
            there: String::new(),
            needs: if reads { Rights::View } else { Rights::Edit },
            rows: Vec::new(),
            most: None,
        };
        let Some(whole) = wanted.directory() else {
            return Ok(Self {
                there: "a path that is too long".to_owned(),
                ..mounted
            });
        };
        (mounted.named, mounted.there) = named(wanted, &whole, roots, now);
        let mut sum = Grants::default();
        for row in settings.grants.rows() {
            let visitor = known(explain, visitor, row.who.source.as_ref());
            let explained = row.explain(&visitor);
            let mut rights = None;
            if let Explained::Holds(grants) = &explained {
                rights = granted(roots, grants, &wanted, Rights::Edit, now)?;
                sum = sum.and(grants.clone());
            }
            mounted.rows.push(RowThere::of(row, &explained, rights));
        }
        mounted.most = granted(roots, &sum, &wanted, Rights::Edit, now)?;
        Ok(mounted)
    }

    pub(super) fn passes(&self) -> bool {
        self.most.is_some_and(|most| most >= self.needs)
    }

    pub(super) fn why(&self) -> String {
        match self.most {
            Some(most) if most >= self.needs => format!("the policy lets {} there", most.as_str()),
            Some(most) => format!("the policy lets {} there, no more", most.as_str()),
            None => "no row of the policy gives it (a host, a PHP session or a key may)".to_owned(),
        }
    }

    pub(super) fn show(&self, out: &mut dyn Write) -> Result<()> {
        if self.named.is_empty() {
            writeln!(out, "names {}\n", self.there)?;
        } else {
            writeln!(out, "names {}: {}\n", self.named, self.there)?;
        }
        if self.rows.is_empty() {
            writeln!(out, "the settings have no policy: no row in \"grants\"")?;
            return Ok(());
        }
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_header(["row", "for", "gives", "there"]);
        for (index, row) in self.rows.iter().enumerate() {
            table.add_row([&format!("grants[{index}]"), &row.who, &row.gives, &row.why]);
        }
        writeln!(out, "{}\n", table.trim_fmt())?;
        Ok(())
    }

    pub(super) fn as_json(&self) -> Value {
        let rows = self.rows.iter().map(
            |row| json!({"for": row.who, "gives": row.gives, "rights": row.rights, "why": row.why}),
        );
        json!({
            "directory": self.directory.as_str(),
            "names": self.named,
            "there": self.there,
            "needs": self.needs,
            "rows": rows.collect::<Vec<_>>(),
            "most": self.most,
        })
    }
}

impl RowThere {
    fn of(row: &Row, explained: &Explained, rights: Option<Rights>) -> Self {
        let why = match (explained, rights) {
            (Explained::Holds(_), Some(rights)) => format!("may {}", rights.as_str()),
            (Explained::Holds(_), None) => "not: it does not cover this place".to_owned(),
            (Explained::NoPath, _) => "not: the name can stand in no path".to_owned(),
            (Explained::Not(what), _) => format!("not: {what}"),
        };
        Self {
            who: row.who.to_string(),
            gives: gives(row).to_string(),
            rights,
            why,
        }
    }
}

/// What is wanted, and what of it is there for somebody who may reach everything below the roots.
fn named(wanted: Wanted<'_>, whole: &Dirname, roots: &Roots, now: Moment) -> (String, String) {
    let directory = |dirname: &Dirname| match roots.locate_directory(dirname, now.instant) {
        Ok(place) => (
            place.to_string(),
            "a directory, which has to be granted whole".to_owned(),
        ),
        Err(refusal) => (dirname.to_string(), refusal.to_string()),
    };
    match wanted.file() {
        None => directory(whole),
        Some(place) => match roots.locate(&place.dirname, &place.basename, now.instant) {
            Ok(located) if located.existing => (located.place.to_string(), "a file".to_owned()),
            Ok(located) => (
                located.place.to_string(),
                "nothing is there, which the proxy says to whoever passes".to_owned(),
            ),
            Err(Refusal::NotRegular) if roots.canonical_directory(whole).is_ok() => {
                directory(whole)
            }
            Err(refusal) => (place.to_string(), refusal.to_string()),
        },
    }
}
