//! What other files show of keys in a file, shown once more of keys at Redis: their tests run again, each with a Redis of its
//! own in the environment, as a user who may do what docs/redis.md grants and no more.

use std::process::Command;
use std::sync::Mutex;
use std::thread;

use crate::store_member::access_list;
use crate::support::redis::Redis;

/// Tests that run at a time.
const AT_ONCE: usize = 4;

fn holds_at_redis(tests: &[&str]) {
    let (next, wrong) = (Mutex::new(tests.iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(test) = next.lock().expect("the next").next() else {
                        return;
                    };
                    if let Some(why) = fails(test) {
                        wrong.lock().expect("a list").push(why);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("a list");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Why the test fails at a Redis, if it does.
fn fails(test: &str) -> Option<String> {
    let redis = Redis::start();
    let words = access_list();
    let words = ["ACL", "SETUSER", "editkey"].into_iter().map(str::to_owned).chain(words);
    let words: Vec<String> = words.collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert_eq!(redis.run(&words), "OK");
    let store = format!("redis://editkey:PASSWORD@127.0.0.1:{}", redis.port);
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", test])
        .env("EDITKEY_STORE", store)
        .output()
        .expect("this program");
    let said = String::from_utf8_lossy(&output.stdout);
    let ran = said.contains("1 passed");
    let refused = redis.run(&["ACL", "LOG"]);
    if ran && refused.is_empty() {
        return None;
    }
    let lines = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines = lines.lines().filter(|line| !line.contains(" TRACE "));
    let lines: Vec<&str> = lines.take(12).collect();
    Some(format!("{test}: {said}\n{}\n{refused}", lines.join("\n")))
}
