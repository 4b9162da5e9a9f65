//! Our own source files, for the rules of the house.

use std::fs;
use std::path::{Path, PathBuf};

/// One source file: its path below the crate, its module, its text without comments and without its unit tests.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) module: String,
    pub(crate) code: String,
    pub(crate) lines: usize,
}

pub(crate) fn crate_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return files;
    };
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

pub(crate) fn sources(folder: &str) -> Vec<Source> {
    let files = rust_files(&crate_root().join(folder));
    files
        .iter()
        .map(|file| {
            let text = fs::read_to_string(file).expect("a source file");
            let path = file.strip_prefix(crate_root()).expect("below the crate");
            let module = path
                .components()
                .nth(1)
                .expect("a module")
                .as_os_str()
                .to_string_lossy();
            // Unit tests may stand in a file of their own.
            let all_tests = folder == "src"
                && path.components().any(|part| {
                    let name = part.as_os_str();
                    name == "tests" || name == "tests.rs"
                });
            let code_ends = if all_tests { 0 } else { text.len() };
            let tested = text
                .find("#[cfg(test)]\nmod tests")
                .unwrap_or(code_ends)
                .min(code_ends);
            let uncommented = |line: &str| {
                line.split_once("//")
                    .map_or(line, |(code, _)| code)
                    .to_owned()
            };
            Source {
                path: path.display().to_string(),
                module: module.trim_end_matches(".rs").to_owned(),
                code: text[..tested]
                    .lines()
                    .map(uncommented)
                    .collect::<Vec<_>>()
                    .join("\n"),
                lines: text[..tested].lines().count(),
            }
        })
        .collect()
}
