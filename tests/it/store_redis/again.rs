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
                    // What another process changed counts here within a second, and a test may look sooner.
                    if let Some(why) = fails(test).and_then(|_| fails(test)) {
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
    let words = ["ACL", "SETUSER", "editkey"]
        .into_iter()
        .map(str::to_owned)
        .chain(words);
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

#[test]
fn commands_do_at_redis_what_they_do_in_a_file() {
    holds_at_redis(&[
        "cli_directory_keys::a_directory_is_minted_on_purpose_only",
        "cli_directory_keys::a_directory_that_is_gone_is_told_and_pruned_and_one_that_is_there_stays",
        "cli_names::a_beginning_that_fits_several_keys_names_them",
        "cli_names::a_key_is_named_by_its_id_and_given_on_standard_input_only",
        "cli_keys::a_minted_key_opens_and_a_revoked_one_does_not_at_the_next_request",
        "cli_keys::minting_stays_within_the_roots_and_the_ceilings",
        "cli_narrow::a_key_is_derived_by_its_id_or_from_standard_input_and_never_wider",
        "cli_narrow::a_key_is_set_narrower_in_its_place_and_never_wider",
        "cli_narrow::a_passphrase_and_a_number_of_uses_are_set_and_no_hash_is_shown",
        "cli_narrow::no_mint_passes_the_ceilings_for_idle_and_passphrases",
        "cli_prune::a_link_or_a_special_file_is_not_a_missing_file",
        "cli_prune::a_root_that_is_away_says_nothing_about_its_files",
        "cli_same_ask::a_key_that_asks_for_more_since_is_not_handed_out_to_a_plain_ask",
        "cli_same_ask::a_longer_idle_time_is_another_ask",
        "import_sessions::a_hostile_folder_gives_nothing_beyond_the_sessions_directories",
        "import_sessions::an_export_has_every_key_no_secret_and_no_formula",
        "import_sessions::each_file_of_each_session_gets_a_key_and_a_second_import_adds_nothing",
    ]);
}

#[test]
fn servers_do_at_redis_what_they_do_with_a_file() {
    holds_at_redis(&[
        "directory_keys::a_directory_key_has_no_more_rights_than_the_whole_was_granted_with",
        "directory_keys::a_file_and_a_directory_of_one_name_are_never_one_key",
        "directory_keys::a_link_within_the_grant_is_minted_under_its_targets_name",
        "directory_keys_used::a_directory_key_is_lost_with_its_grant_and_not_before",
        "directory_keys_used::each_use_looks_whether_the_directory_is_there_and_no_link",
        "key_api::a_derivation_that_would_be_more_is_refused_with_the_rule",
        "key_api::a_derived_key_is_less_and_dies_with_its_parent",
        "key_api::a_key_alone_ends_only_what_was_derived_from_it",
        "key_api::a_key_that_opens_nothing_derives_nothing_and_looks_like_any_other",
        "key_api::an_administrator_ends_any_key",
    ]);
}
