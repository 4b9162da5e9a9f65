//! Addresses as people write them, and as they should not.

use NotStoreAddress as Not;

use super::*;

/// What is no address of ours, and why.
const BAD: &[(&str, Not)] = &[
    ("", Not::Scheme),
    ("JSON", Not::Scheme),
    ("redis", Not::Scheme),
    ("redis:", Not::Scheme),
    ("redis:/a", Not::Scheme),
    ("Redis://a", Not::Scheme),
    (" redis://a", Not::Scheme),
    ("valkey://a", Not::Scheme),
    ("rediss+unix:///a", Not::Scheme),
    ("redis+sentinels://a/b", Not::Scheme),
    ("http://a", Not::Scheme),
    ("redis://", Not::Server),
    ("redis:///0", Not::Server),
    ("redis://a:", Not::Server),
    ("redis://a:0", Not::Server),
    ("redis://a:65536", Not::Server),
    ("redis://a:-1", Not::Server),
    ("redis://a:6379x", Not::Server),
    ("redis://:6379", Not::Server),
    ("redis://a b", Not::Server),
    ("redis://a\tb", Not::Server),
    ("redis://a\n", Not::Server),
    ("redis://a%20b", Not::Server),
    ("redis://ä", Not::Server),
    ("redis://a\\b", Not::Server),
    ("redis://[::1", Not::Server),
    ("redis://[::1]x", Not::Server),
    ("redis://[v1.a]", Not::Server),
    ("redis://::1", Not::Server),
    ("redis://a;b", Not::Server),
    ("redis://a:1,b:1", Not::Several),
    ("redis://a,", Not::Several),
    ("rediss://:w@a,b", Not::Several),
    ("redis://a/x", Not::Database),
    ("redis://a/-1", Not::Database),
    ("redis://a/+1", Not::Database),
    ("redis://a/65536", Not::Database),
    ("redis://a/1/", Not::Database),
    ("redis://a/1/2", Not::Database),
    ("redis://a//", Not::Database),
    ("redis://a?db=1", Not::Behind),
    ("redis://a/1?x", Not::Behind),
    ("redis://a#insecure", Not::Behind),
    ("redis://:a#b@host", Not::Behind),
    ("redis://@a", Not::User),
    ("redis://:@a", Not::User),
    ("redis://ann:@a", Not::User),
    ("redis://ann:a@b@host", Not::Server),
    ("redis://ann:a%@host", Not::Server),
    ("redis://ann:a%2@host", Not::Server),
    ("redis://ann:a%zz@host", Not::Server),
    ("redis://ann:%ff@host", Not::Server),
    ("redis://ann:%00@host", Not::Server),
    ("redis://ann:ä@host", Not::Server),
    ("redis://ann:a b@host", Not::Server),
    ("redis+sentinel://a", Not::Group),
    ("redis+sentinel://a/", Not::Group),
    ("redis+sentinel://a//1", Not::Group),
    ("redis+sentinel://a/ma in", Not::Server),
    ("redis+sentinel://a/m%61in", Not::Group),
    ("redis+sentinel://a/main/x", Not::Database),
    ("redis+sentinel://a/main/1/2", Not::Database),
    ("redis+sentinel:///main", Not::Server),
    ("redis+sentinel://a,/main", Not::Server),
    ("redis+sentinel://,a/main", Not::Server),
    ("redis+sentinel://a,,b/main", Not::Server),
    ("redis+sentinel://a,a/main", Not::Server),
    ("redis+sentinel://a,a:26379/main", Not::Server),
    ("redis+sentinel://a, b/main", Not::Server),
    ("redis+sentinel://:w@a,:w@b/main", Not::Server),
    ("redis+cluster://", Not::Server),
    ("redis+cluster://a,b;c", Not::Server),
    ("redis+cluster://a/0", Not::ClusterDatabase),
    ("redis+cluster://a/main", Not::ClusterDatabase),
    ("redis+unix://", Not::Socket),
    ("redis+unix:///", Not::Socket),
    ("redis+unix://host/a", Not::Socket),
    ("redis+unix://ann:word@/a", Not::Socket),
    ("redis+unix:///a/../b", Not::Socket),
    ("redis+unix:///a//b", Not::Socket),
    ("redis+unix:///a/", Not::Socket),
    ("redis+unix:///a%00b", Not::Socket),
    ("redis+unix:///a#b", Not::Socket),
    ("redis+unix:///a?pass=word", Not::Socket),
    ("redis+unix:///a?db=1&db=2", Not::Socket),
    ("redis+unix:///a?db=", Not::Socket),
    ("redis+unix:///a?db=x", Not::Database),
];

fn read(text: &str) -> StoreAddress {
    store_address(text).expect(text)
}

fn tcp(host: &str, port: u16) -> Where {
    Where::Server(RedisPlace::Tcp(host.to_owned(), port))
}

fn word(address: &StoreAddress) -> Option<&str> {
    address.password.as_ref().map(|word| word.as_str())
}

#[test]
fn one_server_is_named_by_host_port_and_database() {
    let plain = read("redis://cache.example.org");
    assert_eq!(plain.at, tcp("cache.example.org", 6379));
    assert_eq!((plain.database, &plain.user, &plain.tls), (0, &None, &None));
    assert!(plain.password.is_none() && plain.sentinel_password.is_none());
    assert_eq!(read("redis://127.0.0.1:6380/").at, tcp("127.0.0.1", 6380));
    assert_eq!(read("redis://[::1]:1/3").at, tcp("::1", 1));
    assert_eq!(
        read("redis://[2001:db8::0:7]/3").at,
        tcp("2001:db8::7", 6379)
    );
    assert_eq!(read("redis://a/15").database, 15);
    let tls = read("rediss://ann:a%20b%40%2F%3a@cache:1/2");
    assert_eq!(tls.tls, Some(TlsFiles::default()));
    assert_eq!(
        (tls.user.as_deref(), word(&tls)),
        (Some("ann"), Some("a b@/:"))
    );
    let only = read("redis://:word@cache");
    assert_eq!((only.user.as_deref(), word(&only)), (None, Some("word")));
    let nobody = read("redis://ann@cache");
    assert_eq!((nobody.user.as_deref(), word(&nobody)), (Some("ann"), None));
    let colons = read("redis://ann:a:b:c@cache");
    assert_eq!(word(&colons), Some("a:b:c"));
    assert!(!format!("{tls:?}{only:?}").contains("word"));
}

#[test]
fn a_socket_sentinels_and_a_cluster_are_told_apart() {
    let socket = read("redis+unix:///run/redis/redis.sock?db=4&user=ann");
    let at = PathBuf::from("/run/redis/redis.sock");
    assert_eq!(socket.at, Where::Server(RedisPlace::Unix(at)));
    assert_eq!((socket.database, socket.user.as_deref()), (4, Some("ann")));
    let three = read("rediss+sentinel://ann:word@one:26380,two,[::1]:9/main-1.a_b/7");
    let sentinels = vec![
        ("one".to_owned(), 26380),
        ("two".to_owned(), 26379),
        ("::1".to_owned(), 9),
    ];
    let name = "main-1.a_b".to_owned();
    assert_eq!(three.at, Where::Sentinel { name, sentinels });
    assert_eq!((three.database, word(&three)), (7, Some("word")));
    assert!(three.tls.is_some() && three.sentinel_password.is_none());
    let cluster = read("redis+cluster://a:7000,b,c:7002/");
    let nodes = [("a", 7000), ("b", 6379), ("c", 7002)];
    let nodes = nodes.map(|(host, port)| (host.to_owned(), port));
    assert_eq!(cluster.at, Where::Cluster(nodes.to_vec()));
    assert_eq!((cluster.database, cluster.tls), (0, None));
}

#[test]
fn what_is_not_understood_is_refused() {
    for (bad, why) in BAD {
        let found = store_address(bad).expect_err(bad);
        assert_eq!(found, *why, "{bad:?}");
    }
    let many: Vec<String> = (0..33).map(|at| format!("h{at}")).collect();
    let many = format!("redis+cluster://{}", many.join(","));
    assert_eq!(store_address(&many), Err(Not::Many));
    let long = format!("redis+unix:///{}", "a".repeat(107));
    assert_eq!(store_address(&long), Err(Not::Socket));
    let long = format!("redis://{}", "a".repeat(254));
    assert_eq!(store_address(&long), Err(Not::Server));
}

#[test]
fn no_change_of_one_character_is_a_panic_or_another_password() {
    let good = "rediss+sentinel://ann:word@one:26380,[::1]:9/main/7";
    for at in 0..good.len() {
        for with in [
            "", "@", ":", "/", ",", "%", "[", "]", "?", "#", " ", "\0", "ß", "://",
        ] {
            let changed = format!("{}{with}{}", &good[..at], &good[at + 1..]);
            if let Ok(address) = store_address(&changed) {
                let shown = without_secret(&changed);
                if let Some(word) = word(&address).filter(|word| word.len() > 2) {
                    assert!(!shown.contains(word), "{changed:?}: {shown}");
                }
                assert!(!format!("{address:?}").contains("word"), "{changed:?}");
            }
        }
    }
}

#[test]
fn what_is_shown_holds_no_password() {
    for (text, shown) in [
        ("json", "json"),
        ("redis://a:1/2", "redis://a:1/2"),
        ("redis://:word@a", "redis://:…@a"),
        ("redis://ann:word@a", "redis://ann:…@a"),
        ("redis://ann@a", "redis://ann@a"),
        ("redis+sentinel://u:a:b@c,d/e", "redis+sentinel://u:…@c,d/e"),
        ("redis+unix:///a?user=ann", "redis+unix:///a?user=ann"),
    ] {
        assert_eq!(without_secret(text), shown);
    }
}
