//! Sessions in files: what PHP writes is believed, and nothing else that lies in its folder.

use std::fs::{self, FileTimes, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::scene::{Pool, Scene, owner, settings, tree};
use super::{SET, grants_and_takes_back, put, scene};
use crate::support::{Jar, Reply, Request, TestApp, eventually};

pub(super) const POWER: &str = "open-guide-editor-poweruser|b:1;";

#[test]
fn a_session_in_phps_own_form_grants() {
    let tree = tree();
    let folder = tree.at("sessions");
    let pool = Pool {
        handler: "files",
        save_path: &folder,
        serializer: "php",
    };
    grants_and_takes_back(&scene(tree, &pool, &folder, true));
}

#[test]
fn a_session_in_the_form_of_serialize_grants_below_levels_of_folders() {
    let tree = tree();
    // PHP leaves the making of these to the administrator.
    let digits = "0123456789abcdef";
    for path in digits
        .chars()
        .flat_map(|one| digits.chars().map(move |two| format!("{one}/{two}")))
    {
        let folder = tree.path.join("sessions").join(path);
        fs::create_dir_all(&folder).expect("a folder");
        for folder in [folder.parent().expect("its folder"), &folder] {
            fs::set_permissions(folder, Permissions::from_mode(0o1733)).expect("its mode");
        }
    }
    let save_path = format!("2;0600;{}", tree.at("sessions"));
    let pool = Pool {
        handler: "files",
        save_path: &save_path,
        serializer: "php_serialize",
    };
    grants_and_takes_back(&scene(tree, &pool, &save_path, true));
}

#[test]
fn a_script_that_holds_its_session_is_waited_for_and_not_for_ever() {
    let tree = tree();
    let pool = Pool {
        handler: "files",
        save_path: &tree.at("sessions"),
        serializer: "php",
    };
    let scene = Scene::new(tree, SET, &pool, |_| {});
    let tree = Arc::clone(&scene.app.tree);
    let mut jar = Jar::default();
    put(
        &scene,
        &mut jar,
        &json!({"open-guide-editor-poweruser": true}),
    );
    let key = scene.redirect("root/a", "doc.md", &jar).expect(302).key();
    fs::set_permissions(tree.path.join("run"), Permissions::from_mode(0o777)).expect("its mode");
    let told = json!({"session": {"open-guide-editor-poweruser": true}, "hang": tree.at("run")});
    std::thread::scope(|scope| {
        let mut held = jar.clone();
        let (scene, request) = (&scene, Request::new("POST", "/").json(&told));
        let hung = scope.spawn(move || scene.site(request, &mut held));
        eventually(
            "the script holds the session",
            Duration::from_secs(10),
            || tree.path.join("run/hangs").exists(),
        );
        scene.redirect("root/a", "doc.md", &jar).expect(503);
        assert!(
            scene
                .app
                .log()
                .contains("a PHP session that a script holds")
        );
        // The title can be done without.
        let bookmark = format!("/edit/?accesskey={}", key.as_deref().expect("a key"));
        scene.get(&bookmark, &jar).expect(200);
        // Whoever asks while it ends gets the answer.
        let asks = scope.spawn(|| scene.redirect("root/a", "doc.md", &jar));
        tree.write("run/go on", "");
        asks.join().expect("an answer").expect(302);
        hung.join().expect("an answer").expect(200);
    });
}

/// Sessions by hand in a folder of PHP's, each for one thing that is wrong with it.
pub(super) struct Folder {
    app: TestApp,
    pub(super) id: String,
}

impl Folder {
    pub(super) fn new(change: impl FnOnce(&mut Value)) -> Self {
        let tree = tree();
        let mut its = settings(&tree, "127.0.0.1:1".parse().expect("an address"));
        its["base_path"] = json!("/");
        its["public_url"] = json!("http://editkey.test/");
        change(&mut its);
        tree.write_settings(&its);
        Self {
            app: TestApp::on(Arc::new(tree)),
            id: "0123456789abcdefghijklmnop".to_owned(),
        }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.app
            .tree
            .path
            .join("sessions")
            .join(format!("sess_{}", self.id))
    }

    /// A session as PHP would have left it.
    pub(super) fn good(&self, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path();
        let _ = fs::remove_dir(&path);
        let _ = fs::remove_file(&path);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("its mode");
        std::os::unix::fs::chown(&path, Some(owner()), None).expect("its owner");
        path
    }

    fn ask(&self, cookies: &[&str]) -> Reply {
        let target = self.app.redirect_target("root/a", "doc.md", &[]);
        let request = cookies
            .iter()
            .fold(Request::get(target), |request, cookie| {
                request.header("Cookie", cookie)
            });
        self.app.send(&request)
    }

    pub(super) fn status(&self) -> u16 {
        self.ask(&[&format!("PHPSESSID={}", self.id)]).status
    }

    #[track_caller]
    fn refused(&self, what: &str, spoil: impl FnOnce(&Path)) {
        let path = self.good(POWER);
        assert_eq!(self.status(), 302, "{what}, before");
        spoil(&path);
        assert_eq!(self.status(), 403, "{what}");
    }
}

pub(super) fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("its mode");
}

#[test]
fn what_is_no_file_of_phps_own_gives_nothing() {
    let folder = Folder::new(|_| {});
    let beside = folder.app.tree.path.join("sessions/beside");
    folder.refused("the group may write", |path| mode(path, 0o620));
    folder.refused("others may write", |path| mode(path, 0o602));
    folder.refused("a link", |path| {
        fs::rename(path, &beside).expect("moved");
        symlink(&beside, path).expect("linked");
    });
    fs::remove_file(&beside).expect("removed");
    folder.refused("two names", |path| {
        fs::hard_link(path, &beside).expect("linked");
    });
    fs::remove_file(&beside).expect("removed");
    folder.refused("a fifo", |path| {
        fs::remove_file(path).expect("removed");
        let made = Command::new("mkfifo")
            .args(["-m", "600"])
            .arg(path)
            .status();
        assert!(made.expect("mkfifo").success());
        std::os::unix::fs::chown(path, Some(owner()), None).expect("its owner");
    });
    folder.refused("a folder", |path| {
        fs::remove_file(path).expect("removed");
        fs::create_dir(path).expect("made");
    });
    folder.refused("nothing", |path| fs::remove_file(path).expect("removed"));
    folder.refused("too old", |path| {
        let then = SystemTime::now() - Duration::from_secs(1500);
        let file = fs::File::options().write(true).open(path).expect("ours");
        file.set_times(FileTimes::new().set_modified(then))
            .expect("set");
    });
    folder.refused("everybody may rename", |path| {
        mode(path.parent().expect("its folder"), 0o733);
    });
    mode(&folder.app.tree.path.join("sessions"), 0o1733);
    let large = [
        POWER.as_bytes(),
        b"x|s:1048576:\"",
        &vec![b'x'; 1 << 20],
        b"\";",
    ]
    .concat();
    folder.refused("too large", |_| drop(folder.good(&large)));
    folder.good(POWER);
    assert_eq!(folder.status(), 302);
    // Never written, never made.
    assert_eq!(fs::read(folder.path()).expect("there"), POWER.as_bytes());
}

#[test]
fn another_accounts_file_is_no_session() {
    // The account that PHP runs as is another one here.
    let folder = Folder::new(|settings| settings["php_sessions"]["owner"] = json!(owner() + 1));
    folder.good(POWER);
    assert_eq!(folder.status(), 403);
    assert!(
        folder
            .app
            .log()
            .contains(&format!("it belongs to user {}", owner()))
    );
}

#[test]
fn a_malformed_session_gives_nothing() {
    let folder = Folder::new(|_| {});
    for text in [
        "open-guide-editor-poweruser|b:1",
        "open-guide-editor-poweruser|b:1;open-guide-editor-poweruser|b:1;",
        "open-guide-editor-poweruser|b:1;rest",
        "open-guide-editor-poweruser|i:1;",
        "open-guide-editor-poweruser|O:8:\"stdClass\":0:{}",
        "x|b:1;open-guide-editor-poweruser|R:1;",
        "a:1:{s:27:\"open-guide-editor-poweruser\";b:1;",
        "\u{1b}open-guide-editor-poweruserb:1;",
        "",
    ] {
        folder.refused(text, |_| drop(folder.good(text)));
    }
    let bomb = format!("{POWER}x|{}", "a:1:{i:0;".repeat(100_000));
    folder.refused("a bomb", |_| drop(folder.good(&bomb)));
    assert!(
        folder
            .app
            .log()
            .contains("written by the serializer php_binary")
    );
    assert_eq!(folder.app.ready(), 200);
}

#[test]
fn only_one_cookie_with_an_id_of_phps_names_a_session() {
    let folder = Folder::new(|settings| settings["php_sessions"]["cookie"] = json!("SID"));
    folder.good(POWER);
    let id = folder.id.as_str();
    let good = format!("SID={id}");
    for (cookies, status) in [
        (vec![good.clone()], 302),
        (vec![format!("a=b; {good}; c=d")], 302),
        (vec![good.clone(), format!("PHPSESSID={id}x")], 302),
        (vec![format!("PHPSESSID={id}")], 403),
        (vec![format!("{good}; {good}")], 403),
        (vec![good.clone(), good.clone()], 403),
        (vec![good.clone(), "SID=".to_owned()], 403),
        (vec!["SID=".to_owned()], 403),
        (vec![format!("SID=./{id}")], 403),
        (vec![format!("SID=../sessions/sess_{id}")], 403),
        (vec![format!("SID=%30{}", &id[1..])], 403),
        (vec![format!("SID={}", &id[..21])], 403),
        (vec![format!("sid={id}")], 403),
    ] {
        let cookies: Vec<&str> = cookies.iter().map(String::as_str).collect();
        assert_eq!(folder.ask(&cookies).status, status, "{cookies:?}");
    }
    // Names that PHP would not give.
    for name in ["0123456789abcdefghi_klmnop", "0123456789abcdefghi.klmnop"] {
        let folder = Folder {
            id: name.to_owned(),
            ..Folder::new(|_| {})
        };
        folder.good(POWER);
        assert_eq!(folder.status(), 403, "{name}");
    }
}
