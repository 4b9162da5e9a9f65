//! Where everything is kept, by the settings: passwords come by one way of three, the secret by a file or the
//! environment, and neither is ever shown.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use editkey::cli::config;
use editkey::settings::{self, Settings, Sources, Store};
use editkey::store::redis::{StoreAddress, Where};
use tempfile::TempDir;

/// A settings file that is ours, and an environment.
struct Scene {
    folder: TempDir,
    environment: BTreeMap<String, String>,
}

impl Scene {
    fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("ours");
        let scene = Self {
            folder,
            environment: BTreeMap::from([("HOME".to_owned(), "/home/ann".to_owned())]),
        };
        scene.write("settings.json", text, 0o640);
        scene
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("ours");
        path.to_str().expect("UTF-8").to_owned()
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    fn sources(&self) -> Sources {
        Sources {
            explicit: Some(self.folder.path().join("settings.json")),
            environment: self.environment.clone(),
            working_directory: PathBuf::from("/"),
            ..Sources::default()
        }
    }

    fn load(&self) -> Result<Settings, String> {
        settings::load(&self.sources()).map_err(|problems| problems.to_string())
    }

    fn address(&self) -> StoreAddress {
        let settings = self.load().expect("good settings");
        let address = settings.store_address().expect("good files");
        address.expect("a server")
    }

    fn password(&self) -> Option<String> {
        let address = self.address();
        address.password.map(|word| word.to_string())
    }

    /// All that any command says of the settings.
    fn shown(&self) -> String {
        let mut shown = format!("{:?}", self.load());
        for command in [
            config::ConfigCommand::Show(config::Show { json: true }),
            config::ConfigCommand::Show(config::Show { json: false }),
        ] {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            config::run(&command, &self.sources(), &mut out, &mut err).expect("written");
            shown += &String::from_utf8([out, err].concat()).expect("UTF-8");
        }
        shown
    }
}

const PLAIN: &str = r#"{"store": "redis://ann@cache:6380/2"}"#;

#[test]
fn a_password_comes_by_the_address_a_file_or_the_environment_and_is_never_shown() {
    let in_address = Scene::with(r#"{"store": "redis://ann:the%20w0rd@cache:6380/2"}"#);
    let in_variable = Scene::with(PLAIN).set("EDITKEY_REDIS__PASSWORD", "the w0rd");
    let whole = Scene::with("{}").set("EDITKEY_STORE", "redis://ann:the%20w0rd@cache:6380/2");
    let file =
        Scene::with(r#"{"store": "redis://ann@cache:6380/2", "redis": {"password_file": "word"}}"#);
    file.write("word", "the w0rd\n", 0o600);
    let named = Scene::with(PLAIN);
    let path = named.write("word", "the w0rd", 0o640);
    let named = named.set("EDITKEY_REDIS__PASSWORD_FILE", &path);
    let from = Scene::with("{}");
    let path = from.write("store", "redis://ann:the%20w0rd@cache:6380/2\n", 0o600);
    let from = from.set("EDITKEY_STORE_FILE", &path);
    for scene in [in_address, in_variable, whole, file, named, from] {
        assert_eq!(scene.password().as_deref(), Some("the w0rd"));
        let address = scene.address();
        assert_eq!(
            (address.user.as_deref(), address.database),
            (Some("ann"), 2)
        );
        let shown = scene.shown();
        assert!(!shown.contains("w0rd"), "{shown}");
        assert!(shown.contains("cache:6380"), "{shown}");
    }
}

#[test]
fn two_passwords_for_one_server_are_refused() {
    let scene =
        Scene::with(r#"{"store": "redis://:w0rd@a"}"#).set("EDITKEY_REDIS__PASSWORD", "w0rd");
    let told = scene.load().expect_err("two");
    assert!(
        told.contains("store: this address holds a password, and there is another"),
        "{told}"
    );
    let scene = Scene::with(r#"{"store": "redis://a", "redis": {"password_file": "x"}}"#)
        .set("EDITKEY_REDIS__PASSWORD", "w0rd");
    let told = told + &scene.load().expect_err("two");
    assert!(
        told.contains("redis.password_file: the environment holds the same password: keep one"),
        "{told}"
    );
    assert!(!told.contains("w0rd"), "{told}");
}

#[test]
fn a_password_file_is_ours_and_holds_one_line() {
    let scene = Scene::with(
        r#"{"store": "redis+sentinel://a,b/main", "redis": {"password_file": "word", "sentinel_password_file": "other"}}"#,
    );
    let why = || {
        scene
            .load()
            .expect("good")
            .store_address()
            .expect_err("refused")
    };
    let (setting, why_not) = why();
    assert_eq!(setting, "redis.password_file");
    assert!(why_not.contains("No such file"), "{why_not}");
    scene.write("word", "w0rd\n", 0o644);
    assert!(why().1.contains("is readable by everybody"), "{:?}", why());
    for text in ["", "\n", "a\nb\n", "a\tb"] {
        scene.write("word", text, 0o600);
        assert!(
            why().1.contains("holds no password"),
            "{text:?}: {:?}",
            why()
        );
    }
    scene.write("word", "w0rd\r\n", 0o600);
    assert_eq!(why().0, "redis.sentinel_password_file");
    scene.write("other", "0ther", 0o600);
    let address = scene.address();
    assert!(matches!(address.at, Where::Sentinel { ref sentinels, .. } if sentinels.len() == 2));
    assert_eq!(
        address.password.as_ref().map(|word| word.as_str()),
        Some("w0rd")
    );
    let other = address.sentinel_password.as_ref();
    assert_eq!(other.map(|word| word.as_str()), Some("0ther"));
    // Both files are kept out of every root's reach.
    let settings = scene.load().expect("good");
    assert!(
        settings
            .secret_files()
            .iter()
            .filter(|file| file.ends_with("word") || file.ends_with("other"))
            .count()
            == 2
    );
}

#[test]
fn the_bounds_have_their_defaults_and_what_they_say_counts() {
    let plain = Scene::with(PLAIN).load().expect("good").redis.options;
    assert_eq!(
        (plain.prefix.as_str(), plain.cache, plain.replicas),
        ("editkey", 64 << 20, 0)
    );
    assert_eq!(
        (plain.stale, plain.within),
        (Duration::from_secs(1), Duration::from_secs(2))
    );
    let set = Scene::with(
        r#"{"redis": {"prefix": "a.B-c_9", "stale": "200ms", "within": "30s", "cache": "64GiB", "replicas": 16}}"#,
    );
    let set = set.load().expect("good");
    assert_eq!(set.store, Store::Json);
    assert_eq!(
        (
            set.redis.options.prefix.as_str(),
            set.redis.options.replicas
        ),
        ("a.B-c_9", 16)
    );
    assert_eq!(
        (set.redis.options.stale, set.redis.options.within),
        (Duration::from_millis(200), Duration::from_secs(30))
    );
    assert_eq!(set.redis.options.cache, 64 << 30);
}

#[test]
fn the_secret_may_stand_in_the_environment_and_is_never_shown() {
    let secret = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U";
    let scene = Scene::with("{}").set("EDITKEY_SECRET", secret);
    assert!(scene.load().expect("good").secret.is_some());
    let shown = scene.shown();
    assert!(
        !shown.contains("c2Vjcm") && shown.contains("EDITKEY_SECRET"),
        "{shown}"
    );
    assert!(Scene::with("{}").load().expect("good").secret.is_none());
    for (bad, why) in [
        (
            Scene::with("{}").set("EDITKEY_SECRET", "c2VjcmV0"),
            "EDITKEY_SECRET: this is base64url",
        ),
        (
            Scene::with("{}")
                .set("EDITKEY_SECRET", secret)
                .set("EDITKEY_SECRET_FILE", "/run/secrets/editkey"),
            "EDITKEY_SECRET: EDITKEY_SECRET_FILE is set as well: keep one",
        ),
    ] {
        let told = bad.load().expect_err(why);
        assert!(told.contains(why) && !told.contains("c2Vjcm"), "{told}");
    }
    let file = Scene::with("{}").set("EDITKEY_SECRET_FILE", "/run/secrets/editkey");
    let settings = file.load().expect("good");
    assert_eq!(settings.secret_file, PathBuf::from("/run/secrets/editkey"));
}

#[test]
fn an_address_on_the_command_line_holds_no_password() {
    let scene = Scene::with("{}").set("EDITKEY_REDIS__PASSWORD", "w0rd");
    let settings = scene.load().expect("good");
    let named = settings.store_named("redis://cache/1").expect("good");
    assert_eq!(
        named.password.as_ref().map(|word| word.as_str()),
        Some("w0rd")
    );
    for (text, why) in [
        ("redis://:s3cret@cache", "a password on the command line"),
        ("redis://:s3cret@cache:x", "a host and a port"),
        ("s3cret", "this is 'json', or the address"),
    ] {
        let told = settings.store_named(text).expect_err(text);
        assert!(told.starts_with(why) && !told.contains("s3cret"), "{told}");
    }
}
