//! The runs that take their time: many rounds of what `tests/it` does a few of. `./test --long` asks for them by name.

#[cfg(test)]
#[path = "../it/support/mod.rs"]
#[expect(dead_code, reason = "the long runs need a part of it only")]
mod support;

#[cfg(test)]
mod nodes;

#[cfg(test)]
mod long {
    use crate::support::{pruned, rounds};

    #[test]
    fn long_killed_many_times_while_minting() {
        rounds::killed_while_minting(500);
    }

    #[test]
    fn long_two_servers_and_a_command_line_on_one_key_file() {
        rounds::crowded(500);
    }

    #[test]
    fn long_a_million_keys_are_pruned_and_brought_back_while_a_server_mints() {
        pruned::pruned_while_minting(1_000_000);
    }
}
