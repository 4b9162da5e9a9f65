//! The transcript in README.md, run as it stands by a shell in an empty folder: a line after `$ ` is typed, every other
//! line is what comes, and `…` stands for any text. Only the port is another one, so that two runs do not meet.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::support::beside::{free_address, repository};

/// How long a line may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The first fenced block of README.md that has a command in it.
fn transcript() -> String {
    let readme = fs::read_to_string(repository("README.md")).expect("README.md");
    let blocks = readme.split("```").skip(1).step_by(2);
    let mut found = blocks.filter(|block| block.lines().any(|line| line.starts_with("$ ")));
    found.next().expect("a transcript in README.md").to_owned()
}

/// Whether `line` is what `wanted` says, `…` standing for any text.
fn matches(line: &str, wanted: &str) -> bool {
    let mut parts = wanted.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// A shell, and what it and its commands say, line by line. What it started ends with it.
struct Shell {
    child: Child,
    said: Receiver<String>,
}

impl Shell {
    fn start(folder: &Path, listen: &str) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_editkey"));
        let path = format!(
            "{}:{}",
            program.parent().expect("its folder").display(),
            std::env::var("PATH").unwrap_or_default()
        );
        let mut child = Command::new("bash")
            .args(["--noprofile", "--norc", "-s"])
            .env("PATH", path)
            .env("HOME", folder)
            .env("XDG_STATE_HOME", folder.join("state"))
            .env("XDG_CONFIG_HOME", folder.join("config"))
            .env("EDITKEY_LISTEN", listen)
            .env_remove("EDITKEY_CONFIG")
            .env_remove("STATE_DIRECTORY")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("bash");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let (say, said) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if say.send(line).is_err() {
                    break;
                }
            }
        });
        let mut shell = Self { child, said };
        shell.type_in("exec 2>&1");
        shell
    }

    fn type_in(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().expect("its input");
        writeln!(input, "{line}")
            .and_then(|()| input.flush())
            .expect("the shell listens");
    }

    #[track_caller]
    fn expect(&self, wanted: &str) {
        let line = self.said.recv_timeout(PATIENCE);
        let line =
            line.unwrap_or_else(|_| panic!("nothing was said where README.md has {wanted:?}"));
        assert!(
            matches(&line, wanted),
            "README.md: {wanted:?}\ncame:      {line:?}"
        );
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        if let Some(input) = self.child.stdin.as_mut() {
            let _ = writeln!(input, "kill $(jobs -p); wait; exit");
        }
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

#[test]
fn the_readme_says_what_happens() {
    let folder = tempfile::tempdir().expect("a folder");
    let listen = free_address();
    let mut shell = Shell::start(folder.path(), &listen.to_string());
    let transcript = transcript().replace("127.0.0.1:8181", &listen.to_string());
    let lines: Vec<&str> = transcript.lines().skip(1).collect();
    assert!((6..=14).contains(&lines.len()), "{} lines", lines.len());
    for line in lines {
        match line.strip_prefix("$ ") {
            Some(command) => shell.type_in(command),
            None => shell.expect(line),
        }
    }
    // Nothing more came than README.md says.
    shell.type_in("echo the end");
    shell.expect("the end");
}

#[test]
fn an_ellipsis_stands_for_any_text() {
    assert!(matches("a 7 b", "a … b") && matches("same", "same") && matches("key: x", "key: …"));
    assert!(!matches("a 7 c", "a … b") && !matches("same!", "same") && !matches("", "x…"));
}
