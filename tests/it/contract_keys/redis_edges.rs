//! What holds of keys in Redis at its edges: families beyond measure.

use editkey::mint::KeyId;
use editkey::store::{StoreError, Want};

use super::{find, grounds, stands};
use crate::support::eventually;
use crate::support::redis::Redis;

/// Says of so many keys that are not there that they were derived from this one.
fn crowd(redis: &Redis, id: &KeyId, count: usize) {
    let script = "
        for at = 1, tonumber(ARGV[1]) do
            redis.call('APPEND', KEYS[1], string.format('%032d', at))
        end";
    let name = format!("{{editkey}}:c:{id}");
    redis.run(&["EVAL", script, "1", &name, &count.to_string()]);
    let length = redis.run(&["STRLEN", &name]);
    assert_eq!(length, (count * 32).to_string());
}

#[test]
fn a_key_with_a_family_too_large_for_one_step_is_revoked_and_derived_from_all_the_same() {
    let [_, ground] = grounds();
    let (keys, other) = (ground.keys(), ground.keys());
    let root = ground.mint(&keys, "root").id();
    let child = ground.child(&keys, root);
    crowd(ground.redis.as_ref().expect("Redis"), &child, 510_000);
    let whole = keys.look_blocking(&Want::Family(root).into(), |_| ());
    assert!(matches!(whole, Err(StoreError::Limit(_))), "{whole:?}");
    // Nothing of that stands between the key and those that are derived from it.
    let second = ground.child(&keys, root);
    assert!(stands(&other, &child) && stands(&other, &second));
    assert_eq!(keys.revoke_blocking(vec![root]).expect("revoked"), 1);
    eventually("none of them opens", super::SEEN, || {
        ![root, child, second].iter().any(|id| stands(&other, id))
    });
    assert!(find(&keys, &root).is_none());
}
