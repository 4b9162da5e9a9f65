//! The places that the settings name: roots, and what else `config check` looks at.

use std::fs;
use std::path::Path;

use jiff::Timestamp;

use super::Finding;
use crate::cli::{certificate, installation, reach, volumes};
use crate::settings::{Problems, Settings};

const ROOTS: &str = "roots";

pub(super) fn look(settings: &Settings) -> Vec<Finding> {
    let roots = reach::roots_of(settings);
    let mut findings = Vec::new();
    if let Err(problems) = certificate::check(settings, Timestamp::now()) {
        findings.extend(others(problems));
    }
    if roots.is_empty() {
        findings.push(Finding::warning(
            ROOTS,
            "none: 'editkey open FILE' works, 'editkey serve' needs one; name it in 'roots'",
        ));
    }
    findings.extend(roots.iter().map(|path| root(settings, path)));
    if let Err(error) = volumes::alone(settings) {
        findings.push(Finding::problem("volumes", format!("{error:#}")));
    }
    let mut said = Vec::new();
    if volumes::warn(settings, &mut said).is_ok() {
        let said = String::from_utf8_lossy(&said);
        let lines = said
            .lines()
            .map(|line| line.trim_start_matches("warning: "));
        findings.extend(lines.map(|line| Finding::warning("volumes", line)));
    }
    findings
}

/// What is said of each root below is not said twice.
fn others(problems: Problems) -> impl Iterator<Item = Finding> {
    let roots = |path: &str| path == ROOTS || path.starts_with("roots[");
    let list = problems.list.into_iter();
    let list = list.filter(move |problem| {
        !roots(&problem.path) || problem.message.starts_with("the settings file")
    });
    list.map(|problem| Finding::problem("settings", problem.to_string()))
}

fn root(settings: &Settings, path: &Path) -> Finding {
    let name = path.display();
    if let Err(error) = installation::roots(settings, &[path.to_owned()]) {
        return Finding::problem(
            ROOTS,
            format!("{error:#}: make or mount it, or take it out of 'roots'"),
        );
    }
    match fs::read_dir(path) {
        Ok(_) => Finding::ok(ROOTS, name.to_string()),
        Err(error) => Finding::problem(
            ROOTS,
            format!("{name} cannot be listed: {error}; editkey's account needs r and x there"),
        ),
    }
}
