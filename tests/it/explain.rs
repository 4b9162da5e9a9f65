//! `editkey config explain`: what somebody would get by the policy, and why.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::{Value, json};

#[test]
fn config_explain_says_which_row_holds_and_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("settings.json");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("ours");
    let settings = r#"{"grants": [
            {"group": "staff", "directories": ["/srv/{user}"]},
            {"source": "jwt", "level": 1, "poweruser": true, "rights": "view"},
            {"user": "bob", "admin": true}
        ]}"#;
    fs::write(&file, settings).expect("written");
    fs::set_permissions(&file, Permissions::from_mode(0o640)).expect("ours");
    let file = file.to_str().expect("text");
    let explain = |arguments: &[&str]| {
        let ran = Command::new(env!("CARGO_BIN_EXE_editkey"))
            .args(["-c", file, "config", "explain", "--json"])
            .args(arguments)
            .output()
            .expect("run");
        assert!(
            ran.status.success(),
            "{}",
            String::from_utf8_lossy(&ran.stderr)
        );
        serde_json::from_slice::<Value>(&ran.stdout).expect("JSON")
    };
    let ann = explain(&["--user", "ann", "--groups", "staff,other", "--level", "0"]);
    assert_eq!(
        ann["directories"],
        json!([{"path": "/srv/ann", "rights": "edit"}])
    );
    assert_eq!(
        (&ann["poweruser"], &ann["admin"]),
        (&json!("view"), &json!(false))
    );
    assert_eq!(ann["rows"][2]["why"], "not: another user");
    let by_header = explain(&["--user", "ann", "--level", "0", "--source", "header"]);
    assert_eq!(by_header["poweruser"], Value::Null);
    assert_eq!(by_header["rows"][1]["why"], "not: another source");
    let nobody = explain(&[]);
    assert_eq!(
        (&nobody["directories"], &nobody["admin"]),
        (&json!([]), &json!(false))
    );
    let sideways = explain(&["--user", "../etc", "--groups", "staff"]);
    assert_eq!(
        sideways["rows"][0]["why"],
        "holds, but the name can stand in no path"
    );
    assert_eq!(sideways["directories"], json!([]));
}
