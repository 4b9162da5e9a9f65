//! The files with the texts of pages: each language has all of them, with the same places, and none that nobody says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use fluent_syntax::ast::{
    CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement,
};
use fluent_syntax::parser;
use regex::Regex;

use crate::support::beside::repository;
use crate::support::sources::{crate_root, rust_files};

/// What a text is made of: its words, what is put in, and other texts.
#[derive(Default)]
struct Text {
    words: String,
    places: BTreeSet<String>,
    others: BTreeSet<String>,
}

type Texts = BTreeMap<String, Text>;

/// Those that no page shows: one has a page of its own, and how many keys are on a page is not asked for.
const NO_PAGE: &[&str] = &[
    "This link does not open anything (any more).",
    "limit is 1 to 500",
];
/// Whose rules a person may read.
const RULES_IN: &[&str] = &[
    "src/access/give.rs",
    "src/access/manage.rs",
    "src/access/narrow.rs",
    "src/http/answer.rs",
    "src/http/enter.rs",
    "src/http/folder.rs",
    "src/http/gate/enter.rs",
    "src/http/in_hand.rs",
    "src/http/key.rs",
    "src/http/login.rs",
    "src/http/manage/",
    "src/http/next.rs",
    "src/http/onward.rs",
    "src/http/query.rs",
    "src/http/redirect.rs",
    "src/http/unlock.rs",
    "src/mint/narrow.rs",
    "src/names/malformed.rs",
    "src/store/keys/cursor.rs",
    "src/store/keys/search.rs",
];

/// All languages, by name.
fn languages() -> BTreeMap<String, Texts> {
    let entries = fs::read_dir(repository("web/words")).expect("the folder");
    let files = entries.map(|entry| entry.expect("an entry").path());
    let named = files.map(|path| {
        let text = fs::read_to_string(&path).expect("a file");
        let name = path.file_name().expect("a name").to_string_lossy();
        let name = name.strip_suffix(".ftl").expect("a language").to_owned();
        let texts = texts(&name, &text);
        (name, texts)
    });
    named.collect()
}

fn texts(language: &str, file: &str) -> Texts {
    let parsed = parser::parse(file).unwrap_or_else(|(_, errors)| panic!("{language}: {errors:?}"));
    let mut texts = Texts::new();
    for entry in parsed.body {
        match entry {
            Entry::Message(message) => {
                let mut text = Text::default();
                walk(&message.value.expect("a text"), &mut text);
                let name = message.id.name.to_owned();
                assert!(!text.words.trim().is_empty(), "{language}: {name} is empty");
                assert!(texts.insert(name, text).is_none(), "{language}: twice");
            }
            Entry::Term(term) => panic!("{language}: -{}", term.id.name),
            Entry::Junk { content } => panic!("{language}: {content}"),
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
        }
    }
    texts
}

fn walk(pattern: &Pattern<&str>, into: &mut Text) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => into.words.push_str(value),
            PatternElement::Placeable { expression } => walk_expression(expression, into),
        }
    }
}

fn walk_expression(expression: &Expression<&str>, into: &mut Text) {
    match expression {
        Expression::Inline(inline) => walk_inline(inline, into),
        Expression::Select { selector, variants } => {
            walk_inline(selector, into);
            for variant in variants {
                walk(&variant.value, into);
            }
        }
    }
}

fn walk_inline(inline: &InlineExpression<&str>, into: &mut Text) {
    match inline {
        InlineExpression::VariableReference { id } => {
            into.places.insert(id.name.to_owned());
        }
        InlineExpression::MessageReference { id, .. } => {
            into.words.push('…');
            into.others.insert(id.name.to_owned());
        }
        InlineExpression::Placeable { expression } => walk_expression(expression, into),
        InlineExpression::FunctionReference { arguments, .. } => {
            let CallArguments { positional, .. } = arguments;
            for inline in positional {
                walk_inline(inline, into);
            }
        }
        InlineExpression::StringLiteral { .. }
        | InlineExpression::NumberLiteral { .. }
        | InlineExpression::TermReference { .. } => {}
    }
}

/// What is put into a text, and into those that stand in it.
fn places(texts: &Texts, name: &str) -> BTreeSet<String> {
    let text = texts
        .get(name)
        .unwrap_or_else(|| panic!("no text is {name}"));
    let others = text.others.iter().flat_map(|other| places(texts, other));
    text.places.iter().cloned().chain(others).collect()
}

/// Rust files below `src` but for comments, by path.
fn code() -> BTreeMap<String, String> {
    let files = rust_files(&crate_root().join("src"));
    let named = files.iter().map(|file| {
        let text = fs::read_to_string(file).expect("a source file");
        let lines = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let path = file.strip_prefix(crate_root()).expect("below the crate");
        (
            path.display().to_string(),
            lines.collect::<Vec<_>>().join("\n"),
        )
    });
    named.collect()
}

fn templates() -> String {
    let entries = fs::read_dir(repository("web/templates")).expect("the folder");
    let texts = entries.map(|entry| fs::read_to_string(entry.expect("an entry").path()));
    texts.map(|text| text.expect("a template")).collect()
}

fn found(pattern: &str, text: &str) -> BTreeSet<String> {
    let pattern = Regex::new(pattern).expect("a pattern");
    let all = pattern.captures_iter(text);
    all.map(|found| found.extract::<1>().1[0].to_owned())
        .collect()
}

/// The name that a sentence told to programs as well has among the texts.
fn name_of(kind: &str, english: &str) -> String {
    let words = english.split(|character: char| !character.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    let words: Vec<_> = words.map(str::to_ascii_lowercase).collect();
    format!("{kind}-{}", words.join("-"))
}

#[test]
fn each_language_has_the_same_texts_with_the_same_places() {
    let languages = languages();
    let english = &languages["en"];
    assert!(english.len() > 200 && languages.len() > 1);
    for (language, texts) in &languages {
        let names: BTreeSet<_> = texts.keys().collect();
        let wanted: BTreeSet<_> = english.keys().collect();
        let missing: Vec<_> = wanted.symmetric_difference(&names).collect();
        assert!(missing.is_empty(), "{language}: {missing:?}");
        for name in english.keys() {
            let (own, wanted) = (places(texts, name), places(english, name));
            assert_eq!(own, wanted, "{language}: {name}");
        }
    }
}

#[test]
fn a_text_that_is_told_to_programs_as_well_is_its_own_name() {
    let mut count = 0;
    for (name, text) in &languages()["en"] {
        let told = ["rule", "lacks", "status"]
            .into_iter()
            .find(|kind| name.starts_with(&format!("{kind}-")));
        if let Some(kind) = told {
            assert_eq!(name_of(kind, &text.words), *name);
            count += 1;
        }
    }
    assert!(count > 80, "only {count}");
}

#[test]
fn each_text_that_is_said_is_there() {
    let english = &languages()["en"];
    let said = r#"(?-u:\b)(?:say|with|around|add|time|at|column)\(\s*"([a-z0-9-]+)""#;
    let mut names = found(r#"words\.(?:say|with|around)\("([^"]+)""#, &templates());
    for (path, code) in code() {
        if path.starts_with("src/http/manage/") || code.contains("words::Words") {
            names.extend(found(said, &code));
        }
    }
    assert!(names.len() > 200, "only {} were found", names.len());
    let missing: Vec<_> = names
        .iter()
        .filter(|name| !english.contains_key(*name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn no_text_is_there_that_nobody_says() {
    let english = &languages()["en"];
    let code = code();
    let literals: BTreeSet<String> = code
        .values()
        .flat_map(|code| found(r#""((?:[^"\\]|\\.)*)""#, code))
        .collect();
    let mut said = found(r#"words\.(?:say|with|around)\("([^"]+)""#, &templates());
    said.extend(english.values().flat_map(|text| text.others.clone()));
    let statuses = (400..600).filter_map(|code| {
        actix_web::http::StatusCode::from_u16(code)
            .ok()?
            .canonical_reason()
    });
    said.extend(statuses.map(|reason| name_of("status", reason)));
    for literal in &literals {
        said.insert(literal.clone());
        said.extend(["rule", "lacks", "status"].map(|kind| name_of(kind, literal)));
    }
    let unused: Vec<_> = english
        .keys()
        .filter(|name| !said.contains(*name))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn each_rule_that_a_person_may_read_is_there() {
    let english = &languages()["en"];
    let kinds = [
        r#"(?:[mM]alformed|[eE]xceeds|NotSearch|wrong)\(\s*"([^"]+)""#,
        r#"let rule\s*=\s*"([^"]+)""#,
        r#"(?:needed|only)\([^()]*,\s*"([^"]+)",?\s*\)"#,
        r#"=>\s*\{?\s*"([A-Za-z0-9][^"]* [^"]* [^"]*)""#,
        r#"(?:RULE|NOTHING|LENGTH|CHANGED|NAME|IDS?|USES|RIGHTS|LIFE|IDLE|PASSPHRASE|PLACE): &str\s*=\s*"([^"]+)""#,
    ];
    let (mut missing, mut count) = (Vec::new(), 0);
    for (path, code) in code() {
        if !RULES_IN.iter().any(|known| path.starts_with(known)) {
            continue;
        }
        for rule in kinds.iter().flat_map(|kind| found(kind, &code)) {
            count += 1;
            let known = english.contains_key(&name_of("rule", &rule));
            if !known && !NO_PAGE.contains(&rule.as_str()) {
                missing.push(format!("{path}: {rule}"));
            }
        }
    }
    assert!(count > 60, "only {count} were found");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
