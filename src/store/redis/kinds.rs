//! The commands that may stand in a change, and what makes sure that none of them fails in the middle of one.
//!
//! A script at the server is not undone where it stops. So it must never be given a command that is not in this table,
//! nor one whose arguments the server could refuse, nor two that need the same key to be of different kinds.

use redis::{Arg, Cmd};

use crate::store::StoreError;

/// Most arguments of one command, and most strings that are compared: more do not fit on the script's stack.
pub(super) const MOST: usize = 7000;

/// What a command's arguments after its keys look like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Nothing,
    /// One at least.
    Some,
    /// Any.
    Any,
    /// A field and its value, once or more often.
    Pairs,
    /// A score and its member, once or more often.
    Scores,
    /// From a score to a score.
    Range,
    /// A whole number.
    Number,
    /// A value, and when it ends.
    Value,
}

/// A command: the kind of value that its key must hold, empty for any; whether all its arguments are keys; the rest.
struct Kind {
    name: &'static str,
    holds: &'static str,
    all_keys: bool,
    rest: Rest,
}

const fn kind(name: &'static str, holds: &'static str, rest: Rest) -> Kind {
    Kind {
        name,
        holds,
        all_keys: false,
        rest,
    }
}

const fn keys(name: &'static str) -> Kind {
    Kind {
        name,
        holds: "",
        all_keys: true,
        rest: Rest::Nothing,
    }
}

const KINDS: &[Kind] = &[
    kind("SET", "", Rest::Value),
    keys("DEL"),
    keys("UNLINK"),
    keys("EXISTS"),
    kind("PEXPIREAT", "", Rest::Number),
    kind("EXPIREAT", "", Rest::Number),
    kind("PERSIST", "", Rest::Nothing),
    kind("GET", "string", Rest::Nothing),
    kind("APPEND", "string", Rest::Some),
    kind("SADD", "set", Rest::Some),
    kind("SREM", "set", Rest::Some),
    kind("SMEMBERS", "set", Rest::Nothing),
    kind("SCARD", "set", Rest::Nothing),
    kind("SISMEMBER", "set", Rest::Some),
    kind("ZADD", "zset", Rest::Scores),
    kind("ZREM", "zset", Rest::Some),
    kind("ZREMRANGEBYSCORE", "zset", Rest::Range),
    kind("ZRANGE", "zset", Rest::Any),
    kind("ZCARD", "zset", Rest::Nothing),
    kind("ZSCORE", "zset", Rest::Some),
    kind("HSET", "hash", Rest::Pairs),
    kind("HDEL", "hash", Rest::Some),
    kind("HGET", "hash", Rest::Some),
    kind("HGETALL", "hash", Rest::Nothing),
    kind("HLEN", "hash", Rest::Nothing),
];

/// A command, taken apart.
pub(super) struct Part<'a> {
    pub(super) name: &'static str,
    pub(super) holds: &'static str,
    pub(super) keys: Vec<&'a [u8]>,
    pub(super) rest: Vec<&'a [u8]>,
}

/// Takes `command` apart; it is in the table, and the server takes its arguments as they are.
///
/// # Errors
/// [`StoreError::Limit`], [`StoreError::Broken`].
pub(super) fn part(command: &Cmd) -> Result<Part<'_>, StoreError> {
    let mut words = command.args_iter().map(|word| match word {
        Arg::Simple(word) => word,
        Arg::Cursor | _ => &b""[..],
    });
    let name = words.next().unwrap_or_default();
    let Some(kind) = KINDS
        .iter()
        .find(|kind| kind.name.as_bytes().eq_ignore_ascii_case(name))
    else {
        return Err(unfit(name));
    };
    let mut keys: Vec<&[u8]> = words.collect();
    if keys.len() > MOST {
        return Err(StoreError::Limit(
            "a change has too many parts for one step",
        ));
    }
    let rest = if kind.all_keys {
        Vec::new()
    } else {
        keys.split_off(keys.len().min(1))
    };
    if keys.is_empty() || !kind.rest.fits(&rest) {
        return Err(unfit(name));
    }
    Ok(Part {
        name: kind.name,
        holds: kind.holds,
        keys,
        rest,
    })
}

impl Rest {
    fn fits(self, rest: &[&[u8]]) -> bool {
        let whole = |word: &&[u8]| text(word).is_some_and(|text| text.parse::<i64>().is_ok());
        match self {
            Self::Nothing => rest.is_empty(),
            Self::Some => !rest.is_empty(),
            Self::Any => true,
            Self::Pairs => !rest.is_empty() && rest.len().is_multiple_of(2),
            Self::Scores => {
                let scores = rest.iter().step_by(2);
                !rest.is_empty() && rest.len().is_multiple_of(2) && scores.copied().all(is_score)
            }
            Self::Range => {
                let bound = |word: &&[u8]| is_score(word.strip_prefix(b"(").unwrap_or(word));
                rest.len() == 2 && rest.iter().all(bound)
            }
            Self::Number => rest.len() == 1 && rest.iter().all(whole),
            Self::Value => match rest {
                [_] | [_, b"KEEPTTL"] => true,
                [_, b"EX" | b"PX" | b"EXAT" | b"PXAT", end] => {
                    let end = text(end).and_then(|text| text.parse::<i64>().ok());
                    // Seconds become milliseconds, which must fit, too.
                    end.is_some_and(|end| (1..=i64::MAX / 4000).contains(&end))
                }
                _ => false,
            },
        }
    }
}

fn is_score(word: &[u8]) -> bool {
    text(word).is_some_and(|text| text.parse::<f64>().is_ok_and(|score| !score.is_nan()))
}

fn text(word: &[u8]) -> Option<&str> {
    std::str::from_utf8(word).ok()
}

fn unfit(name: &[u8]) -> StoreError {
    let name = name.escape_ascii();
    StoreError::Broken(format!("a change cannot hold this command: {name}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(words: &[&str]) -> bool {
        let mut command = Cmd::new();
        for word in words {
            command.arg(*word);
        }
        part(&command).is_ok()
    }

    #[test]
    fn a_command_that_cannot_fail_fits() {
        for line in [
            "SET k v",
            "set k v PXAT 1",
            "SET k v KEEPTTL",
            "DEL a b c",
            "PEXPIREAT k 5",
            "PERSIST k",
            "SADD k m n",
            "ZADD k 1 a 2.5 b -inf c",
            "ZREMRANGEBYSCORE k (1 +inf",
            "HSET k f v g w",
            "SMEMBERS k",
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            assert!(fits(&words), "{line}");
        }
    }

    #[test]
    fn a_command_that_could_fail_does_not() {
        for line in [
            "SET k",
            "SET k v PXAT 0",
            "SET k v PXAT -5",
            "SET k v EX 9223372036854775807",
            "SET k v PXAT soon",
            "SET k v NX",
            "SET k v GET",
            "DEL",
            "INCR k",
            "FLUSHALL",
            "EVAL x 0",
            "SADD k",
            "ZADD k one a",
            "ZADD k nan a",
            "ZADD k 1",
            "ZREMRANGEBYSCORE k 1",
            "HSET k f",
            "PEXPIREAT k soon",
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            assert!(!fits(&words), "{line}");
        }
    }
}
