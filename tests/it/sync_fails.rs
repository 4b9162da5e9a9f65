//! A disk that takes writes and loses them: `fdatasync` fails, as strace makes it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::{TestApp, eventually};

/// Every `fdatasync` of the server fails while this lives.
struct Failing(Child);

impl Failing {
    fn on(process: u32) -> Self {
        let mut child = Command::new("strace")
            .args([
                "-f",
                "-e",
                "trace=fdatasync",
                "-e",
                "inject=fdatasync:error=EIO",
            ])
            .args(["-p", &process.to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("strace, which ./test installs");
        let said = BufReader::new(child.stderr.take().expect("its messages"));
        let attached = said
            .lines()
            .map_while(Result::ok)
            .any(|line| line.contains("attached"));
        assert!(attached, "strace could not attach to the server");
        Self(child)
    }

    fn end(mut self) {
        let id = self.0.id().to_string();
        let told = Command::new("kill")
            .args(["-INT", &id])
            .status()
            .expect("kill");
        assert!(told.success());
        eventually("strace lets go", Duration::from_secs(10), || {
            self.0.try_wait().expect("its state").is_some()
        });
    }
}

#[test]
fn after_a_failed_sync_nothing_is_acknowledged_and_resolving_goes_on() {
    let app = TestApp::start();
    let jar = app.poweruser();
    let before = app.mint("root/a", "doc.md", &jar);
    let failing = Failing::on(app.id());
    let refused = app.redirect("root/b", "b.md", &[], &jar);
    assert_eq!((refused.status, refused.key()), (503, None), "{refused:?}");
    app.get_file(&before).expect(200);
    assert_eq!(app.ready(), 200, "keys resolve: degraded, not down");
    failing.end();
    // The fresh file was written by fsync, which did not fail: minting goes on in it.
    let after = app.mint("root/b", "b.md", &jar);
    let app = app.restart();
    for key in [&before, &after] {
        app.get_file(key).expect(200);
    }
}
