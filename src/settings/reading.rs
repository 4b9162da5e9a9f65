//! The reading itself: from the sources to settings, or to all problems at once.
//!
//! A settings file that others can write to is refused, as are settings below their own roots ([`super::check_places`]):
//! whoever can edit the settings owns the service.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::layer::Layer;
use super::meaning::{self, Bases, Whereabouts};
use super::problem::{Findings, Place, Problem, Problems};
use super::raw::DEFAULTS;
use super::{Settings, environment, find, shape, text};
use crate::store::ownership::check_ours;

/// Most bytes of a settings file.
const FILE_BYTES: u64 = 1 << 20;

/// Where settings come from. The program's own environment and working directory are read in `main` alone.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file named by `--config`.
    pub explicit: Option<PathBuf>,
    /// The environment, with `EDITKEY_…`, `XDG_…`, `STATE_DIRECTORY` and `HOME`.
    pub environment: BTreeMap<String, String>,
    /// The working directory, absolute.
    pub working_directory: PathBuf,
    /// What was typed on the command line, by the settings' own names; `null` is as good as not typed.
    pub flags: Map<String, Value>,
}

/// The settings, from the settings file in use, the environment and the command line.
///
/// # Errors
/// [`Problems`]: everything that is wrong, each with its place.
pub fn load(sources: &Sources) -> Result<Settings, Problems> {
    read(sources).map(|reading| reading.settings)
}

impl Settings {
    /// The settings of `editkey open` without a settings file: this machine only, by a one-use link, these roots.
    /// Environment and command line count as ever; no settings file is looked for.
    ///
    /// # Errors
    /// [`Problems`] of environment and command line, or of a root that is no UTF-8.
    pub fn local(roots: &[PathBuf], sources: &Sources) -> Result<Self, Problems> {
        let roots: Vec<Option<&str>> = roots.iter().map(|root| root.to_str()).collect();
        let given = json!({"local_access": true, "roots": roots});
        let Value::Object(members) = given else {
            return interpret(sources, None, Layer::default(), Vec::new())
                .map(|reading| reading.settings);
        };
        let layer = Layer::at(members, &Place::Default);
        interpret(sources, None, layer, Vec::new()).map(|reading| reading.settings)
    }
}

/// Settings, and what they were made of.
pub(super) struct Reading {
    pub(super) settings: Settings,
    pub(super) typed: Layer,
}

/// Finds the file and reads all sources.
pub(super) fn read(sources: &Sources) -> Result<Reading, Problems> {
    let file = settings_file(sources)?;
    match &file {
        None => interpret(sources, None, Layer::default(), Vec::new()),
        Some(path) => {
            let text = file_text(path).map_err(|message| alone(Some(path), &message))?;
            read_text(sources, path, &text)
        }
    }
}

/// The settings file in use, if any.
///
/// # Errors
/// A file asked for by name is not there.
pub(super) fn settings_file(sources: &Sources) -> Result<Option<PathBuf>, Problems> {
    find::settings_file(
        sources.explicit.as_deref(),
        &sources.environment,
        &sources.working_directory,
    )
    .map_err(|missing| alone(None, &missing.to_string()))
}

/// Reads all sources, with `text` as what the file says.
pub(super) fn read_text(sources: &Sources, file: &Path, text: &str) -> Result<Reading, Problems> {
    let mut problems = Vec::new();
    if let Err(error) = check_ours(file) {
        problems.push(about_file(&error.to_string()));
    }
    match text::read(text, &mut problems) {
        Ok(layer) => interpret(sources, Some(file), layer, problems),
        Err(problem) => {
            problems.push(problem);
            Findings::new(BTreeMap::new(), problems).verdict(Some(file.to_path_buf()))?;
            interpret(sources, Some(file), Layer::default(), Vec::new())
        }
    }
}

/// The file's text, within its bound.
pub(super) fn file_text(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("cannot read it: {error}");
    let file = std::fs::File::open(path).map_err(unreadable)?;
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err("this is no file".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err("a settings file is at most 1 MiB long".to_owned());
    }
    String::from_utf8(bytes).map_err(|_| "a settings file is UTF-8".to_owned())
}

fn interpret(
    sources: &Sources,
    file: Option<&Path>,
    mut layer: Layer,
    mut problems: Vec<Problem>,
) -> Result<Reading, Problems> {
    let defaults = serde_json::from_str(DEFAULTS).unwrap_or_default();
    let mut typed = Layer::at(defaults, &Place::Default);
    layer.settle_aliases(&mut problems);
    typed.lay(layer);
    let mut variables = environment::read(&sources.environment, &mut problems);
    let held = environment::Held::by(&sources.environment, &mut problems);
    variables.settle_aliases(&mut problems);
    typed.lay(variables);
    let mut flags = Layer::at(sources.flags.clone(), &Place::Flag);
    flags.settle_aliases(&mut problems);
    typed.lay(flags);

    let mut findings = Findings::new(typed.places.clone(), problems);
    let raw = shape::plain(&typed.members).unwrap_or_else(|| {
        shape::refuse_unknown(&mut typed.members, &mut findings);
        shape::typed(typed.members.clone(), &mut findings)
    });
    let key_folder = find::key_folder(file, &sources.environment).unwrap_or_else(|| {
        findings.refuse(
            "access_key_file",
            &"there is no folder to keep keys in: make keys/ beside the settings file, or set STATE_DIRECTORY or HOME",
        );
        PathBuf::new()
    });
    let working = sources.working_directory.clone();
    let whereabouts = Whereabouts {
        settings_file: file.map(Path::to_path_buf),
        key_folder,
        bases: Bases {
            settings: file
                .and_then(Path::parent)
                .unwrap_or(&working)
                .to_path_buf(),
            working,
        },
        held,
    };
    let settings = meaning::settings(raw, whereabouts, &mut findings);
    findings.verdict(file.map(Path::to_path_buf))?;
    Ok(Reading { settings, typed })
}

fn about_file(message: &str) -> Problem {
    Problem {
        place: Place::Default,
        path: String::new(),
        message: message.to_owned(),
    }
}

/// The one problem of a file that cannot be read at all.
pub(super) fn alone(file: Option<&Path>, message: &str) -> Problems {
    Problems {
        file: file.map(Path::to_path_buf),
        list: vec![about_file(message)],
    }
}
