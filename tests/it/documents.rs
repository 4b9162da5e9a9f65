//! What the documents name is there: tests, files, commands, settings.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::beside::repository;

/// The documents in which names are checked.
const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/cli.md",
    "docs/keys-api.md",
    "docs/editor.md",
    "docs/coming-from.md",
    "docs/deploy.md",
    "docs/gate-fastcgi.md",
    "docs/grants.md",
    "docs/key-format.md",
    "docs/keys.md",
    "docs/metrics.md",
    "docs/raw.md",
    "docs/settings.md",
];

fn text(name: &str) -> String {
    fs::read_to_string(repository(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What stands between single backquotes, outside of fenced blocks.
fn quoted(text: &str) -> Vec<String> {
    let mut prose = String::new();
    for (at, part) in text.split("```").enumerate() {
        if at % 2 == 0 {
            prose.push_str(part);
        }
    }
    prose
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The text of all Rust files below a folder.
fn rust(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.push_str(&rust(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            all.push_str(&fs::read_to_string(&path).expect("a source file"));
        }
    }
    all
}

/// The names of all tests.
fn tests() -> BTreeSet<String> {
    let code = rust(&repository("src")) + &rust(&repository("tests"));
    let named = code.split("#[test]").skip(1);
    let names = named.filter_map(|rest| rest.split_once("fn ")?.1.split('(').next());
    names.map(str::to_owned).collect()
}

/// The last cell of a row of a table.
fn last_cell(row: &str) -> &str {
    let cells = row.trim_end().trim_end_matches('|');
    cells.rsplit('|').next().unwrap_or_default().trim()
}

#[test]
fn every_test_named_in_security_md_exists() {
    let (security, tests) = (text("SECURITY.md"), tests());
    let mut named = 0;
    for row in security.lines().filter(|line| line.starts_with("| ")) {
        let last = last_cell(row);
        if last == "shown by" {
            continue;
        }
        let names = quoted(last);
        assert!(!names.is_empty(), "no test shows this: {row}");
        for name in names {
            assert!(tests.contains(&name), "no such test: {name}");
            named += 1;
        }
    }
    assert!(named > 60, "only {named} names were found");
}

#[test]
fn every_test_named_in_grants_md_exists() {
    let (grants, tests) = (text("docs/grants.md"), tests());
    let table = grants
        .lines()
        .skip_while(|line| last_cell(line) != "shown by");
    let rows: Vec<&str> = table
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert!(rows.len() >= 8, "the overview was not found");
    for row in rows {
        // What is not built yet has nothing to show.
        for name in quoted(last_cell(row)) {
            assert!(tests.contains(&name), "no such test: {name}");
        }
    }
}

#[test]
fn every_file_that_a_document_names_is_there() {
    let mut missing = Vec::new();
    for document in DOCUMENTS {
        let text = text(document);
        let folder = Path::new(document).parent().unwrap_or(Path::new(""));
        let links = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let file = link.split('#').next().unwrap_or(link);
            if !repository("").join(folder).join(file).exists() {
                missing.push(format!("{document}: {link}"));
            }
        }
        for name in quoted(&text) {
            let ours = ["src/", "tests/", "docs/", "examples/", "web/"];
            let plain = !name.contains(['*', '{', ' ', 'N']);
            if plain
                && ours.iter().any(|folder| name.starts_with(folder))
                && !repository(&name).exists()
            {
                missing.push(format!("{document}: {name}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_command_and_option_in_cli_md_is_known() {
    let help = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_editkey"))
            .args(words)
            .arg("--help")
            .output();
        String::from_utf8(output.expect("the program").stdout).expect("UTF-8")
    };
    let cli = text("docs/cli.md");
    let mut checked = 0;
    for section in cli.split("\n## ").skip(1) {
        let title = section.lines().next().unwrap_or_default();
        let Some(words) = title.strip_prefix("editkey ") else {
            continue;
        };
        let words: Vec<&str> = words
            .split(' ')
            .take_while(|word| word.chars().all(|character| character.is_ascii_lowercase()))
            .collect();
        let help = help(&words);
        assert!(
            help.contains(&format!("editkey {}", words.join(" "))),
            "{title}: {help}"
        );
        let rows = section.lines().filter(|line| line.starts_with("| `--"));
        let said: BTreeSet<String> = rows
            .flat_map(|row| quoted(row.split('|').nth(1).unwrap_or_default()))
            .map(|option| {
                option
                    .split([' ', '='])
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect();
        let lines = help.lines().filter_map(|line| line.split_once("--"));
        let known: BTreeSet<String> = lines
            .filter(|(before, _)| before.trim().is_empty() || before.trim_start().starts_with('-'))
            .filter_map(|(_, rest)| rest.split([' ', ',']).next())
            .filter(|option| !matches!(*option, "help" | "config" | "version"))
            .map(|option| format!("--{option}"))
            .collect();
        assert_eq!(said, known, "{title}");
        checked += known.len();
    }
    assert!(checked > 20, "only {checked} options were found");
}

#[test]
fn the_script_of_all_checks_sets_nothing_that_the_program_takes_for_a_setting() {
    let script = text("test");
    let named: Vec<&str> = script.matches("EDITKEY_").collect();
    assert!(
        named.is_empty(),
        "every program that it starts would refuse to"
    );
    assert!(script.contains("export LONG_TESTS=1"));
}
