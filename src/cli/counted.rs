//! How many keys, as a person says it.

/// `1 key`, and `2 keys`.
pub(super) fn keys(count: usize) -> String {
    format!("{count} key{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::keys;

    #[test]
    fn one_is_one_key_and_all_else_are_keys() {
        let told = [0, 1, 2, 1_000_000].map(keys);
        assert_eq!(told, ["0 keys", "1 key", "2 keys", "1000000 keys"]);
    }
}
