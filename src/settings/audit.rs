//! The audit log: where it is, how much of an address stands in it, and how large it grows.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::meaning::Reader;
use super::span;
use crate::store::{Addresses, AuditFile};

/// The word that switches it off.
const OFF: &str = "off";
/// The most older files that can be asked for.
const MOST_KEPT: u64 = 100;

/// The audit log.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a section in braces")]
pub(super) struct RawAudit {
    /// The file, or `off`; `audit.log` in the key folder if absent.
    file: Option<String>,
    /// How much of an address stands in it: `full`, `truncated` (IPv4 to 24 bits, IPv6 to 48) or `none`.
    address: Option<String>,
    /// The size at which the file is set aside, such as `16MiB`.
    size: Option<String>,
    /// How many older files are kept.
    keep: Option<u64>,
}

/// What `raw` means; nothing where it is switched off.
pub(super) fn audit(
    raw: &RawAudit,
    key_folder: &Path,
    reader: &mut Reader<'_>,
) -> Option<AuditFile> {
    let typed = raw.file.as_deref();
    let file = reader.file("audit.file", typed.filter(|text| *text != OFF));
    let address = reader.optional("audit.address", raw.address.as_deref(), |text| match text {
        "full" => Ok(Addresses::Full),
        "truncated" => Ok(Addresses::Truncated),
        "none" => Ok(Addresses::None),
        _ => Err("this is 'full', 'truncated' or 'none'"),
    });
    let size = reader.optional("audit.size", raw.size.as_deref(), span::size);
    let keep = raw.keep.unwrap_or(1);
    if !(1..=MOST_KEPT).contains(&keep) {
        reader.refuse("audit.keep", &"this is from 1 to 100");
    }
    (typed != Some(OFF)).then(|| AuditFile {
        path: file.unwrap_or_else(|| key_folder.join("audit.log")),
        address: address.unwrap_or(Addresses::None),
        size: size.unwrap_or(1),
        keep: u32::try_from(keep).unwrap_or(1),
    })
}
