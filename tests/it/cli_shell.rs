//! `editkey completions` and `editkey man`: every command is in them, shells and man take them as they are, and no
//! settings are needed.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::command::{printed, refused};
use crate::support::tree::names;

/// The program in a folder without settings, whose only settings would be broken ones.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    std::fs::write(folder.join("settings.json"), "{ broken").expect("written");
    Command::new(env!("CARGO_BIN_EXE_editkey"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("the program")
}

/// What `command` makes of `input`, which it has to like.
#[track_caller]
fn taken(command: &mut Command, input: &str) -> String {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it is installed");
    let mut stdin = child.stdin.take().expect("its input");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("its end");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{command:?}");
    printed(&output)
}

fn installed(program: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", "command -v \"$0\"", program])
        .stdout(Stdio::null())
        .status();
    found.expect("sh").success()
}

/// Each command, as `--help` lists them: `[]`, `[keys]`, `[keys, mint]`…
fn commands(folder: &Path) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    let mut next = vec![Vec::new()];
    while let Some(words) = next.pop() {
        let mut arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = printed(&run(folder, &arguments));
        if let Some((_, list)) = help.split_once("Commands:\n") {
            let lines = list.lines().take_while(|line| !line.is_empty());
            for line in lines.filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
                let word = line.split_whitespace().next().expect("a word");
                if word != "help" {
                    next.push([words.clone(), vec![word.to_owned()]].concat());
                }
            }
        }
        found.insert(words);
    }
    found
}

#[test]
fn bash_completes_commands_and_options() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = printed(&run(folder.path(), &["completions", "bash"]));
    assert_eq!(taken(Command::new("bash").arg("-n"), &script), "");
    let asks = |typed: &str| {
        let words: Vec<&str> = typed.split(' ').collect();
        let ask = format!(
            "{script}\nCOMP_WORDS=({typed})\nCOMP_CWORD={}\n_editkey editkey '{}' ''\necho \"${{COMPREPLY[*]}}\"\n",
            words.len() - 1,
            words.last().expect("one"),
        );
        let said = taken(Command::new("bash").args(["--norc", "-s"]), &ask);
        said.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(asks("editkey com"), ["completions"]);
    assert_eq!(asks("editkey keys mi"), ["mint", "migrate"]);
    assert_eq!(asks("editkey keys mint --pass"), ["--passphrase"]);
}

#[test]
fn every_shell_gets_a_script_that_knows_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let commands = commands(folder.path());
    assert!(commands.len() > 30, "only {commands:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = printed(&run(folder.path(), &["completions", shell]));
        for word in commands.iter().flatten() {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let why = refused(&run(folder.path(), &["completions", "tcsh"]), 2);
    assert!(why.contains("elvish"), "{why}");
}

#[test]
fn a_manual_page_for_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = printed(&run(folder.path(), &["man"]));
    assert!(first.contains("\n.TH editkey 1"), "{first}");
    let pages = folder.path().join("man1");
    let to = pages.to_str().expect("UTF-8");
    let why = refused(&run(folder.path(), &["man", "--to", to]), 1);
    assert!(why.contains("mkdir -p"), "{why}");
    std::fs::create_dir(&pages).expect("made");
    printed(&run(folder.path(), &["man", "--to", to]));
    let wanted: BTreeSet<String> = commands(folder.path())
        .into_iter()
        .map(|words| [vec!["editkey".to_owned()], words].concat().join("-") + ".1")
        .collect();
    let written: BTreeSet<String> = names(&pages).into_iter().collect();
    assert_eq!(written, wanted);
    for name in written {
        let page = std::fs::read_to_string(pages.join(&name)).expect("a page");
        let title = name.trim_end_matches(".1");
        assert!(page.contains(&format!("\n.TH {title} 1")), "{name}");
        if installed("groff") {
            let shown = taken(
                Command::new("groff").args(["-Kutf8", "-man", "-Tutf8", "-ww"]),
                &page,
            );
            assert!(shown.contains("Print help"), "{name}: {shown}");
        }
    }
}
