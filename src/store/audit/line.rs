//! One line of the audit log, as JSON.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use jiff::{Timestamp, Unit};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Act, Addresses};
use crate::mint::KeyId;

/// Longest word of why.
const WHY_CHARS: usize = 64;
/// Longest name of a visitor.
const BY_CHARS: usize = 400;
/// Most characters of an address with the length of its network: of IPv6 with all its digits.
const ADDRESS_CHARS: usize = 43;

/// One line: one event, or several that were alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When; of several, the last.
    pub time: Timestamp,
    /// What.
    pub act: Act,
    /// To which key.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "id",
        deserialize_with = "parsed_id"
    )]
    pub key: Option<KeyId>,
    /// Who did it; nothing where the key alone did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Box<str>>,
    /// From where, as the settings allow.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "network",
        deserialize_with = "parsed_network"
    )]
    pub from: Option<IpNet>,
    /// Why it was refused, or by which way it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Box<str>>,
    /// How many events it stands for.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: u64,
    /// When the first of several was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Timestamp>,
}

impl Line {
    /// Nothing but that it happened.
    pub(super) fn bare(time: Timestamp, act: Act) -> Self {
        Self {
            time: moment(time),
            act,
            key: None,
            by: None,
            from: None,
            why: None,
            count: 1,
            first: None,
        }
    }

    /// The same, several times since `first`.
    pub(super) fn counted(self, count: u64, first: Timestamp) -> Self {
        Self {
            count,
            first: (count > 1).then(|| moment(first)),
            ..self
        }
    }

    /// Its JSON, with the end of the line, behind what stands in `out`.
    pub(super) fn write_to(&self, out: &mut Vec<u8>) {
        // Nothing in it can fail.
        let _ = serde_json::to_writer(&mut *out, self);
        out.push(b'\n');
    }

    /// The line that `text` holds, without its end.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }
}

/// The word of why, within its bound.
pub(super) fn why(text: &str) -> Box<str> {
    cut(text, WHY_CHARS)
}

/// The name of a visitor, within its bound.
pub(super) fn by(text: &str) -> Box<str> {
    cut(text, BY_CHARS)
}

fn cut(text: &str, most: usize) -> Box<str> {
    if text.len() <= most {
        return text.into();
    }
    let end = text
        .char_indices()
        .nth(most)
        .map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default().into()
}

/// Of `from` what is to be written.
pub(super) fn shown(from: IpAddr, addresses: Addresses) -> Option<IpNet> {
    let from = from.to_canonical();
    let bits = match (addresses, from) {
        (Addresses::None, _) => return None,
        (Addresses::Full, _) => return Some(from.into()),
        (Addresses::Truncated, IpAddr::V4(_)) => 24,
        (Addresses::Truncated, IpAddr::V6(_)) => 48,
    };
    Some(IpNet::new(from, bits).ok()?.trunc())
}

/// The text of an address, or of a network.
#[must_use]
pub fn address(from: &IpNet) -> String {
    let mut text = String::with_capacity(ADDRESS_CHARS);
    // A String takes all.
    let _ = write!(text, "{}", from.addr());
    if from.prefix_len() < from.max_prefix_len() {
        let _ = write!(text, "/{}", from.prefix_len());
    }
    text
}

/// Times stand there to the thousandth of a second.
fn moment(time: Timestamp) -> Timestamp {
    time.round(Unit::Millisecond).unwrap_or(time)
}

fn one() -> u64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_one(count: &u64) -> bool {
    *count == 1
}

#[expect(clippy::ref_option, reason = "serde gives a reference")]
fn id<S: Serializer>(key: &Option<KeyId>, serializer: S) -> Result<S::Ok, S::Error> {
    match key {
        Some(key) => key.with_text(|text| serializer.serialize_str(text)),
        None => serializer.serialize_none(),
    }
}

fn parsed_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<KeyId>, D::Error> {
    let text = String::deserialize(deserializer)?;
    KeyId::parse(&text).map(Some).map_err(D::Error::custom)
}

#[expect(clippy::ref_option, reason = "serde gives a reference")]
fn network<S: Serializer>(from: &Option<IpNet>, serializer: S) -> Result<S::Ok, S::Error> {
    match from {
        Some(from) => serializer.serialize_str(&address(from)),
        None => serializer.serialize_none(),
    }
}

fn parsed_network<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<IpNet>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let network = IpNet::from_str(&text).or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map(Some).map_err(D::Error::custom)
}
