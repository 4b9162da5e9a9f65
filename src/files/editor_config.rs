//! What `.editorconfig` says of a file: how it is indented, encoded and ended, as far as the editor honours it.
//!
//! It must never give away more than known words and small numbers, never read a file that `resolve` would not open, and
//! never take longer for a hostile one: what is larger, or has patterns more involved, than people write counts as nothing.

use std::time::{Instant, SystemTime};

use ec4rs::property::{
    Charset, EndOfLine, FinalNewline, IndentSize, IndentStyle, TabWidth, TrimTrailingWs,
};
use ec4rs::{ConfigParser, Properties, PropertiesSource};
use serde::Serialize;

use super::{Read, Reader};
use crate::names::{Basename, Dirname, Place};
use crate::resolve::{Roots, SafePath};

const NAME: &str = ".editorconfig";
/// Most directories that are looked into.
const LEVELS: usize = 32;
/// Most bytes of all the files that speak of one.
const BYTES: u64 = 64 * 1024;
/// Longest pattern, and most alternatives of alternatives in it: each multiplies how long it takes to match.
const PATTERN_BYTES: usize = 512;
const PATTERN_BRACES: usize = 2;
/// Largest indentation and longest line that count.
const COLUMNS: usize = 16;
const LINE_COLUMNS: u16 = 1000;

/// What the editor is told, in its own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EditorConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    indent_style: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    indent_size: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tab_width: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_of_line: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charset: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trim_trailing_whitespace: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    insert_final_newline: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_line_length: Option<u16>,
}

/// A file that may speak of another one, and what that one is called from there.
pub struct Speaks {
    path: SafePath,
    called: String,
}

/// The files that may speak of `place`, the nearest first, up to the root that holds it. Each is only looked at.
#[must_use]
pub fn that_speak_of(place: &Place, roots: &Roots, now: Instant) -> Vec<Speaks> {
    let mut found = Vec::new();
    let Ok(basename) = Basename::parse(NAME) else {
        return found;
    };
    let mut called = place.basename.to_string();
    let mut dirname = place.dirname.clone();
    for _ in 0..LEVELS {
        let asked = Place {
            dirname: dirname.clone(),
            basename: basename.clone(),
        };
        if let Ok(path) = roots.resolve(&asked, now) {
            let called = called.clone();
            found.push(Speaks { path, called });
        }
        if roots.paths().contains(&dirname) {
            break;
        }
        let path = dirname.as_path();
        let above = path.parent().and_then(|above| above.to_str());
        let name = path.file_name().and_then(|name| name.to_str());
        let (Some(Ok(above)), Some(name)) = (above.map(Dirname::parse), name) else {
            break;
        };
        called = format!("{name}/{called}");
        dirname = above;
    }
    found
}

/// What they say. Blocks: it reads them.
#[must_use]
pub fn said_by(speak: &[Speaks], reader: &Reader, now: SystemTime) -> EditorConfig {
    let mut left = BYTES;
    let mut said = Vec::new();
    for Speaks { path, called } in speak {
        let Ok(Read::Whole(content)) = reader.read(path, left, now) else {
            continue;
        };
        left = left.saturating_sub(content.bytes.len() as u64);
        let Some((properties, is_root)) = parsed(&content.bytes, called) else {
            continue;
        };
        said.push(properties);
        if is_root {
            break;
        }
    }
    let mut all = Properties::new();
    // The nearest has the last word.
    for properties in said.iter().rev() {
        drop(properties.apply_to(&mut all, NAME));
    }
    all.use_fallbacks();
    EditorConfig::of(&all)
}

/// What one file says of the one that is called so from its directory, and whether none above it counts; nothing where it is
/// malformed.
fn parsed(bytes: &[u8], called: &str) -> Option<(Properties, bool)> {
    let text = std::str::from_utf8(bytes).ok()?;
    if text.lines().any(too_involved) {
        return None;
    }
    let mut parser = ConfigParser::new(bytes).ok()?;
    let is_root = parser.is_root;
    let mut properties = Properties::new();
    parser.apply_to(&mut properties, called).ok()?;
    Some((properties, is_root))
}

/// Whether the line is a pattern that could take long to match.
fn too_involved(line: &str) -> bool {
    let braces = line.bytes().filter(|byte| *byte == b'{').count();
    line.trim_start().starts_with('[') && (line.len() > PATTERN_BYTES || braces > PATTERN_BRACES)
}

impl EditorConfig {
    fn of(properties: &Properties) -> Self {
        let columns = |columns: usize| (1..=COLUMNS).contains(&columns).then_some(columns);
        let tab_width = match properties.get() {
            Ok(TabWidth::Value(width)) => columns(width),
            Err(_) => None,
        };
        Self {
            indent_style: properties.get().ok().map(|style| match style {
                IndentStyle::Tabs => "tab",
                IndentStyle::Spaces => "space",
            }),
            indent_size: match properties.get() {
                Ok(IndentSize::Value(size)) => columns(size),
                Ok(IndentSize::UseTabWidth) => tab_width,
                Err(_) => None,
            },
            tab_width,
            end_of_line: properties.get().ok().map(|end| match end {
                EndOfLine::Lf => "lf",
                EndOfLine::CrLf => "crlf",
                EndOfLine::Cr => "cr",
            }),
            charset: properties.get().ok().map(|charset| match charset {
                Charset::Utf8 => "utf-8",
                Charset::Utf8Bom => "utf-8-bom",
                Charset::Latin1 => "latin1",
                Charset::Utf16Le => "utf-16le",
                Charset::Utf16Be => "utf-16be",
            }),
            trim_trailing_whitespace: match properties.get() {
                Ok(TrimTrailingWs::Value(trim)) => Some(trim),
                Err(_) => None,
            },
            insert_final_newline: match properties.get() {
                Ok(FinalNewline::Value(insert)) => Some(insert),
                Err(_) => None,
            },
            max_line_length: properties
                .get_raw_for_key("max_line_length")
                .into_option()
                .and_then(|length| length.parse().ok())
                .filter(|length| (1..=LINE_COLUMNS).contains(length)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, called: &str) -> EditorConfig {
        parsed(text.as_bytes(), called).map_or_else(EditorConfig::default, |(mut said, _)| {
            said.use_fallbacks();
            EditorConfig::of(&said)
        })
    }

    #[test]
    fn every_property_that_the_editor_honours_is_told() {
        let text = "root = true\n[*]\nindent_style = tab\nindent_size = tab\ntab_width = 4\nend_of_line = crlf\ncharset = utf-8-bom\n\
            trim_trailing_whitespace = true\ninsert_final_newline = false\nmax_line_length = 88\n";
        let told = serde_json::to_string(&of(text, "a.md")).expect("JSON");
        let wanted = r#"{"indentStyle":"tab","indentSize":4,"tabWidth":4,"endOfLine":"crlf","charset":"utf-8-bom","trimTrailingWhitespace":true,"insertFinalNewline":false,"maxLineLength":88}"#;
        assert_eq!(told, wanted);
        assert!(parsed(text.as_bytes(), "a.md").is_some_and(|(_, root)| root));
    }

    #[test]
    fn a_pattern_speaks_of_the_files_that_it_names() {
        for (pattern, called, speaks) in [
            ("*", "a.md", true),
            ("*", "deep/below/a.md", true),
            ("*.md", "deep/a.md", true),
            ("*.{md,txt}", "a.txt", true),
            ("*.{md,txt}", "a.rs", false),
            ("deep/*.md", "deep/a.md", true),
            ("deep/*.md", "a.md", false),
            ("/a.md", "a.md", true),
            ("/a.md", "deep/a.md", false),
            ("{Makefile,*.mk}", "Makefile", true),
        ] {
            let told = of(&format!("[{pattern}]\nindent_size = 3\n"), called);
            assert_eq!(told.indent_size, speaks.then_some(3), "{pattern} {called}");
        }
    }

    #[test]
    fn what_is_malformed_or_too_involved_or_out_of_bounds_says_nothing() {
        let braces = "{a,[a]}".repeat(40);
        let nested = "{".repeat(30_000);
        for text in [
            "[*]\nindent_size = 3\nthis is no pair\n".to_owned(),
            format!("[*]\nindent_size = 3\n[{braces}]\n"),
            format!("[*]\nindent_size = 3\n[{nested}]\n"),
            format!("[*]\nindent_size = 3\n[{}]\n", "*".repeat(600)),
            "[*]\nindent_size = 0\n".to_owned(),
            "[*]\nindent_size = 17\n".to_owned(),
            "[*]\nindent_size = 99999999999999999999999\n".to_owned(),
            "[*]\nindent_size = \"><script>\n".to_owned(),
            "[*]\nmax_line_length = off\n".to_owned(),
            "[*]\nmax_line_length = 1001\n".to_owned(),
            "[*]\nindent_style = \u{202e}\ncharset = latin2\nend_of_line = \0\n".to_owned(),
        ] {
            assert_eq!(of(&text, "a.md"), EditorConfig::default(), "{text:.60}");
        }
        assert_eq!(parsed(b"[*]\nindent_size = 3\n\xff", "a.md"), None);
    }
}
