//! Settings from outside: the example loads, each bad sample yields its golden list, the layers count in their order,
//! and the commands leave a file that loads.
//!
//! `EDITKEY_GOLDEN=write` writes the golden lists anew; the difference is then for a person to judge.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use editkey::cli::{config, hosts};
use editkey::names::Rights;
use editkey::settings::{self, HardLinks, Settings, Sources, TokenHash, check_places, load};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with a settings file that is safely ours.
struct Folder(TempDir);

impl Folder {
    fn with(text: &str) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        let root = folder.0.path();
        fs::set_permissions(root, Permissions::from_mode(0o755)).expect("ours");
        fs::write(folder.file(), text).expect("written");
        fs::set_permissions(folder.file(), Permissions::from_mode(0o640)).expect("ours");
        folder
    }

    fn path(&self) -> PathBuf {
        self.0.path().canonicalize().expect("there")
    }

    fn file(&self) -> PathBuf {
        self.path().join("settings.json")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.file()).expect("text")
    }

    fn sources(&self) -> Sources {
        Sources {
            explicit: Some(self.file()),
            environment: BTreeMap::from([("HOME".to_owned(), "/home/ann".to_owned())]),
            working_directory: PathBuf::from("/home/ann"),
            ..Sources::default()
        }
    }

    fn load(&self) -> Result<Settings, String> {
        self.load_from(&self.sources())
    }

    fn load_from(&self, sources: &Sources) -> Result<Settings, String> {
        load(sources).map_err(|problems| self.nameless(&problems.to_string()))
    }

    /// Without the name of this folder, which differs each time.
    fn nameless(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.path().display()), "")
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn each_bad_sample_yields_its_golden_list() {
    let samples = repository().join("tests/it/settings");
    let write = std::env::var("EDITKEY_GOLDEN").is_ok_and(|word| word == "write");
    let mut seen = 0;
    for entry in fs::read_dir(samples).expect("samples") {
        let sample = entry.expect("an entry").path();
        if sample
            .extension()
            .is_none_or(|extension| extension != "json")
        {
            continue;
        }
        let folder = Folder::with(&fs::read_to_string(&sample).expect("text"));
        let problems = folder.load().expect_err(&sample.display().to_string()) + "\n";
        let golden = sample.with_extension("txt");
        if write {
            fs::write(&golden, &problems).expect("written");
        }
        let expected = fs::read_to_string(&golden).expect("a golden list");
        assert_eq!(problems, expected, "{}", sample.display());
        seen += 1;
    }
    assert!(seen >= 9, "{seen} samples");
}

#[test]
fn the_example_loads_and_names_every_setting_with_its_default() {
    let example = fs::read_to_string(repository().join("settings.json.example")).expect("text");
    let folder = Folder::with(&example);
    let from_example = folder.load().expect("the example");
    let from_nothing = Folder::with("{}");
    let mut defaults = from_nothing.load().expect("nothing");
    defaults.settings_file = Some(folder.file());
    assert_eq!(from_example, defaults);
    assert_eq!(
        from_example.sessions.lifetime,
        Duration::from_secs(30 * 86_400)
    );
    assert_eq!(from_example.limits.body, 16 << 20);
    assert_eq!(from_example.keys.rights, Rights::Edit);
    assert_eq!(
        from_example.access_key_file,
        Path::new("/home/ann/.local/state/editkey/accesskeys.json")
    );

    let manual = fs::read_to_string(repository().join("docs/settings.md")).expect("text");
    for path in known_paths(&settings::schema(), "") {
        let name = path.rsplit('.').next().expect("a name");
        if !path.contains("[]") && path != "accesskeyfile" && path != "key_lifetime" {
            assert!(
                example.contains(&format!("\"{name}\":")),
                "the example lacks {path}"
            );
        }
        assert!(
            manual.contains(&format!("`{path}`")),
            "docs/settings.md lacks {path}"
        );
    }
}

fn known_paths(schema: &Value, around: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{around}{name}");
        let below = known_paths(property, &format!("{path}."));
        let inside = known_paths(&property["items"], &format!("{path}[]."));
        if below.is_empty() && inside.is_empty() {
            paths.push(path);
        }
        paths.extend(below);
        paths.extend(inside);
    }
    paths
}

#[test]
fn every_setting_means_what_it_says() {
    let folder = Folder::with(
        r#"{
            "listen": ["[::1]:0", "unix:/run/editkey.sock"], "base_path": "/edit/",
            "public_url": "https://example.org/edit/", "roots": [".", "../b", "/srv/"],
            "accesskeyfile": "k.json", "secret_file": "/etc/secret", "key_lifetime": "90d",
            "keys": {"rights": "view", "idle": "2w", "require_passphrase": true}, "trusted_proxies": "10.0.0.0/8", "hard_links": "write",
            "limits": {"new_keys_per_minute": 0}, "local_access": true,
            "hosts": [{"name": "cms", "token_sha256": "PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A",
                "ceiling": {"directories": ["/srv/a/"], "rights": "view", "lifetime": "8h"}, "admin": true}],
        }"#,
    );
    fs::create_dir(folder.path().join("keys")).expect("made");
    let settings = folder.load().expect("good");
    assert_eq!(settings.listen.len(), 2);
    assert_eq!(settings.base_path.as_str(), "/edit/");
    assert_eq!(
        settings.public_url.expect("set").origin(),
        "https://example.org"
    );
    assert_eq!(
        settings.roots,
        [
            folder.path(),
            folder.path().join("../b"),
            PathBuf::from("/srv")
        ]
    );
    assert_eq!(settings.key_folder, folder.path().join("keys"));
    assert_eq!(settings.access_key_file, folder.path().join("k.json"));
    assert_eq!(settings.secret_file, Path::new("/etc/secret"));
    assert_eq!(
        settings.keys.lifetime,
        Some(Duration::from_secs(90 * 86_400))
    );
    assert_eq!(settings.keys.rights, Rights::View);
    assert_eq!(
        settings.keys.idle.map(editkey::mint::Idle::as_days),
        Some(14)
    );
    assert!(settings.keys.require_passphrase);
    assert!(
        settings
            .trusted_proxies
            .contain("10.1.2.3".parse().expect("an address"))
    );
    assert_eq!(settings.hard_links, HardLinks::Write);
    assert_eq!(settings.limits.new_keys_per_minute, None);
    let host = settings.hosts.first().expect("one");
    assert_eq!(host.token, TokenHash::of("token"));
    assert_eq!(host.ceiling.lifetime, Some(Duration::from_secs(8 * 3600)));
    assert!(host.admin && !host.ceiling.poweruser && settings.local_access);
}

#[test]
fn flag_counts_over_environment_over_file_over_default() {
    let folder = Folder::with(
        r#"{"base_path": "/file/", "key_lifetime": "1d", "roots": ["a"], "sessions": {"max": 5}}"#,
    );
    let mut sources = folder.sources();
    let mut set =
        |name: &str, text: &str| sources.environment.insert(name.to_owned(), text.to_owned());
    set("EDITKEY_BASE_PATH", "/env/");
    set("EDITKEY_KEYS__LIFETIME", "2d");
    set("EDITKEY_SESSIONS__LIFETIME", "1h");
    sources
        .flags
        .insert("base_path".to_owned(), json!("/flag/"));
    sources.flags.insert("roots".to_owned(), json!(["b"]));
    let settings = folder.load_from(&sources).expect("good");
    assert_eq!(settings.base_path.as_str(), "/flag/");
    assert_eq!(
        settings.keys.lifetime,
        Some(Duration::from_secs(2 * 86_400))
    );
    assert_eq!(
        (settings.sessions.max, settings.sessions.lifetime.as_secs()),
        (5, 3600)
    );
    assert_eq!(
        settings.roots,
        [Path::new("/home/ann/b")],
        "a flag's path starts from the working directory"
    );

    let mut set =
        |name: &str, text: &str| sources.environment.insert(name.to_owned(), text.to_owned());
    set("EDITKEY_KEYS__LIFETIME", "soon");
    set("EDITKEY_LOCAL_ACCESS", "maybe");
    set("EDITKEY_KEY__LIFETIME", "1d");
    set("EDITKEY_AUDIT__ADDRESS", "some");
    sources.flags.insert("hard_links".to_owned(), json!("cut"));
    assert_eq!(
        folder.load_from(&sources).expect_err("four mistakes"),
        "settings.json: 5 problems\n  \
         EDITKEY_AUDIT__ADDRESS: this is 'full', 'truncated' or 'none'\n  \
         EDITKEY_KEYS__LIFETIME: this is no duration: write it as '90d', '12h' or '1h 30m'\n  \
         EDITKEY_KEY__LIFETIME: unknown setting: did you mean 'keys'?\n  \
         EDITKEY_LOCAL_ACCESS: this is a string, expected true or false\n  \
         command line, hard_links: this is 'refuse' or 'write'"
    );
}

#[test]
fn a_file_that_others_can_write_is_refused_along_with_what_it_says() {
    let folder = Folder::with(r#"{"root": []}"#);
    fs::set_permissions(folder.file(), Permissions::from_mode(0o666)).expect("ours");
    let problems = folder.load().expect_err("two problems");
    assert!(problems.contains("2 problems"), "{problems}");
    assert!(
        problems.contains("is writable by others (mode 0666): chmod go-w 'settings.json'"),
        "{problems}"
    );
    assert!(problems.contains("did you mean 'roots'?"), "{problems}");
    fs::write(folder.file(), "{}").expect("written");
    fs::set_permissions(folder.file(), Permissions::from_mode(0o600)).expect("ours");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).expect("ours");
    assert!(
        folder
            .load()
            .expect_err("the folder")
            .contains("chmod go-w")
    );
}

#[test]
fn places_are_looked_at_together() {
    let folder = Folder::with("{}");
    for name in ["site", "other"] {
        fs::create_dir(folder.path().join(name)).expect("made");
    }
    symlink(folder.path(), folder.path().join("site/up")).expect("linked");
    let check = |text: &str| {
        fs::write(folder.file(), text).expect("written");
        let settings = folder.load().expect("good in itself");
        check_places(&settings).map_err(|problems| folder.nameless(&problems.to_string()))
    };
    assert_eq!(check(r#"{"roots": ["site"]}"#), Ok(()));
    assert!(
        check("{}")
            .expect_err("no root")
            .contains("roots: name at least one")
    );
    assert!(
        check(r#"{"roots": ["."]}"#)
            .expect_err("below")
            .contains("'settings.json' lies below")
    );
    assert!(
        check(r#"{"roots": ["site/up"]}"#)
            .expect_err("by a link")
            .contains("'settings.json' lies below")
    );
    let hosts = format!(
        r#""public_url": "https://a.example", "hosts": [{{"name": "cms", "token_sha256": "{}",
            "ceiling": {{"directories": ["{here}/other", "{here}/site/new"]}}}}]"#,
        TokenHash::of("token"),
        here = folder.path().display(),
    );
    assert_eq!(
        check(&format!(
            r#"{{"roots": ["site", "none", "settings.json"], {hosts}}}"#
        ))
        .expect_err("three"),
        "settings.json: 3 problems\n  \
         roots[1]: cannot open 'none': No such file or directory (os error 2)\n  \
         roots[2]: 'settings.json' is no directory\n  \
         hosts[0].ceiling.directories[0]: 'other' lies outside all roots"
    );
}

#[test]
fn opening_a_file_needs_no_settings_file() {
    let folder = Folder::with("this is no JSON, and is not looked at");
    let mut sources = folder.sources();
    let settings = Settings::local(&[folder.path()], &sources).expect("good");
    assert!(settings.local_access && settings.settings_file.is_none());
    assert_eq!(settings.roots, [folder.path()]);
    assert_eq!(
        settings.listen.first().map(ToString::to_string).as_deref(),
        Some("127.0.0.1:8181")
    );
    sources.environment.remove("HOME");
    let problems = Settings::local(&[], &sources)
        .expect_err("no key folder")
        .to_string();
    assert!(problems.contains("no folder to keep keys in"), "{problems}");
}

#[test]
fn a_file_asked_for_must_be_there() {
    let folder = Folder::with("{}");
    let mut sources = folder.sources();
    sources.explicit = Some(folder.path().join("none.json"));
    let problems = folder.load_from(&sources).expect_err("gone");
    assert!(
        problems.contains("there is no settings file 'none.json' (asked for by --config)"),
        "{problems}"
    );
}

#[derive(Parser)]
struct Hosts {
    #[command(subcommand)]
    command: hosts::HostsCommand,
}

/// Runs `editkey hosts …`: whether it succeeded, and what it wrote to standard output and error.
fn hosts(folder: &Folder, arguments: &[&str]) -> (bool, String, String) {
    let typed = ["hosts"].iter().chain(arguments);
    let command = Hosts::try_parse_from(typed).expect("arguments").command;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = hosts::run(&command, &folder.sources(), &mut out, &mut err).expect("written");
    let text = |bytes| folder.nameless(&String::from_utf8(bytes).expect("UTF-8"));
    (code == ExitCode::SUCCESS, text(out), text(err))
}

#[test]
fn hosts_come_and_go_and_comments_stay() {
    let before = "{\n  // the address\n  \"public_url\": \"https://a.example/\", // typed by hand\n  \"roots\": [\"/srv\"],\n}\n";
    let folder = Folder::with(before);
    let add = "add cms --directory /srv/a --rights view --lifetime 8h";
    let add: Vec<&str> = add.split(' ').collect();
    let (good, token, told) = hosts(&folder, &add);
    assert!(good, "{told}");
    let token = token.trim_end();
    assert_eq!(token.len(), 43);
    assert!(!told.contains(token) && !folder.text().contains(token));
    let after = folder
        .text()
        .replace(&TokenHash::of(token).to_string(), "HASH");
    assert_eq!(
        after,
        "{\n  // the address\n  \"public_url\": \"https://a.example/\", // typed by hand\n  \"roots\": [\"/srv\"],\n  \
         \"hosts\": [\n    {\n      \"name\": \"cms\",\n      \"token_sha256\": \"HASH\",\n      \"ceiling\": {\n        \
         \"directories\": [\"/srv/a\"],\n        \"rights\": \"view\",\n        \"lifetime\": \"8h\"\n      }\n    }\n  ],\n}\n"
    );
    assert_eq!(
        fs::metadata(folder.file()).expect("there").mode() & 0o777,
        0o640
    );
    let host = folder.load().expect("good").hosts.remove(0);
    assert_eq!(
        (host.name.as_str(), host.token),
        ("cms", TokenHash::of(token))
    );

    assert!(hosts(&folder, &["add", "wiki", "--poweruser", "--admin"]).0);
    let (good, out, told) = hosts(&folder, &["add", "cms"]);
    assert!(
        !good && out.is_empty() && told.contains("there is a host 'cms' already"),
        "{told}"
    );
    let (_, list, _) = hosts(&folder, &["list"]);
    assert!(
        list.contains("wiki") && list.contains("everything (poweruser)"),
        "{list}"
    );
    let (_, list, _) = hosts(&folder, &["list", "--json"]);
    let list: Value = serde_json::from_str(&list).expect("JSON");
    assert_eq!(
        list[0]["ceiling"],
        json!({"poweruser": false, "directories": ["/srv/a"], "rights": "view", "lifetime": "8h"})
    );

    assert!(hosts(&folder, &["remove", "cms"]).0 && hosts(&folder, &["remove", "wiki"]).0);
    assert!(folder.load().expect("good").hosts.is_empty());
    assert!(folder.text().contains("// typed by hand"));
    let (good, _, told) = hosts(&folder, &["remove", "cms"]);
    assert!(!good && told.contains("there is no host 'cms'"), "{told}");
    assert_eq!(
        fs::read_dir(folder.path()).expect("listed").count(),
        1,
        "nothing is left beside"
    );
}

#[test]
fn a_host_that_would_break_the_settings_is_not_added() {
    let folder = Folder::with("{\"roots\": [\"/srv\"]}\n");
    let (good, out, told) = hosts(&folder, &["add", "cms"]);
    assert!(
        !good && out.is_empty() && told.contains("public_url: needed with hosts"),
        "{told}"
    );
    assert_eq!(folder.text(), "{\"roots\": [\"/srv\"]}\n");
    for arguments in [
        &["hosts", "add", "The CMS"][..],
        &["hosts", "add", "cms", "--directory", "srv"],
        &["hosts", "add", "cms", "--directory", "/srv", "--poweruser"],
        &["hosts", "add", "cms", "--lifetime", "0s"],
        &["hosts", "add", "cms", "--rights", "all"],
    ] {
        assert!(Hosts::try_parse_from(arguments).is_err(), "{arguments:?}");
    }
}

#[test]
fn a_linked_settings_file_stays_a_link() {
    let target = Folder::with("{\"public_url\": \"https://a.example/\", \"hosts\": null}");
    let folder = Folder::with("");
    fs::remove_file(folder.file()).expect("removed");
    symlink(target.file(), folder.path().join("settings.json")).expect("linked");
    let mut sources = folder.sources();
    sources.explicit = Some(folder.0.path().join("settings.json"));
    let command = Hosts::try_parse_from(["hosts", "add", "cms"])
        .expect("arguments")
        .command;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = hosts::run(&command, &sources, &mut out, &mut err).expect("written");
    assert_eq!(code, ExitCode::SUCCESS, "{}", String::from_utf8_lossy(&err));
    assert!(folder.path().join("settings.json").is_symlink());
    assert!(target.text().contains("\"cms\""));
}

/// Runs `editkey config …`.
fn config(
    folder: &Folder,
    sources: &Sources,
    command: &config::ConfigCommand,
) -> (bool, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = config::run(command, sources, &mut out, &mut err).expect("written");
    let text = |bytes| folder.nameless(&String::from_utf8(bytes).expect("UTF-8"));
    (code == ExitCode::SUCCESS, text(out), text(err))
}

#[test]
fn config_checks_shows_and_describes() {
    let folder = Folder::with("{\"roots\": [\"site\"],\n \"keys\": {\"lifetime\": \"90d\"}}");
    let mut sources = folder.sources();
    let (good, _, err) = config(&folder, &sources, &config::ConfigCommand::Check);
    assert!(!good && err.contains("roots[0]: cannot open"), "{err}");
    fs::create_dir(folder.path().join("site")).expect("made");
    let (good, out, err) = config(&folder, &sources, &config::ConfigCommand::Check);
    assert_eq!(
        (good, out.as_str(), err.as_str()),
        (true, "settings are good: settings.json\n", "")
    );

    sources
        .environment
        .insert("EDITKEY_SESSIONS__MAX".to_owned(), "7".to_owned());
    sources
        .flags
        .insert("listen".to_owned(), json!("127.0.0.1:0"));
    let show = |json| config::ConfigCommand::Show(config::Show { json });
    let (_, out, _) = config(&folder, &sources, &show(true));
    let shown: Value = serde_json::from_str(&out).expect("JSON");
    let lines = shown["settings"].as_array().expect("a list");
    let line = |path: &str| {
        lines
            .iter()
            .find(|line| line["path"] == path)
            .expect(path)
            .clone()
    };
    assert_eq!(
        line("keys.lifetime"),
        json!({"path": "keys.lifetime", "value": "90d", "origin": "file", "place": "2:11"})
    );
    assert_eq!(
        line("sessions.max"),
        json!({"path": "sessions.max", "value": 7, "origin": "env", "place": "EDITKEY_SESSIONS__MAX"})
    );
    assert_eq!(line("listen")["origin"], "flag");
    assert_eq!(
        line("store"),
        json!({"path": "store", "value": "json", "origin": "default"})
    );
    assert_eq!(line("public_url")["value"], Value::Null);
    let (_, out, _) = config(&folder, &sources, &show(false));
    assert!(
        out.contains("keys.lifetime") && out.contains("file 2:11"),
        "{out}"
    );

    let (_, out, _) = config(&folder, &sources, &config::ConfigCommand::Schema);
    let schema: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(
        schema["properties"]["sessions"]["properties"]["lifetime"]["default"],
        "30d"
    );
}
