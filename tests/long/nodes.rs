//! Several nodes on one store: a million operations under trouble, and one node cut from its store.

use std::time::Duration;

use serde_json::json;

use crate::support::fleet::redis::Servers;
use crate::support::fleet::spaces::Cut;
use crate::support::fleet::work::{self, Plan, Trouble};
use crate::support::fleet::{Fleet, apart};

const CLIENTS: usize = 64;
const BOUND: Duration = Duration::from_secs(1);
const DOWN: Duration = Duration::from_secs(1);

/// How many operations: `LONG_OPERATIONS`, or a million.
fn operations() -> usize {
    let said = std::env::var("LONG_OPERATIONS").ok();
    said.map_or(1_000_000, |said| said.parse().expect("a number"))
}

/// Longest that so many may take: 500 a second at the least, and the troubles.
fn limit(operations: usize) -> Duration {
    Duration::from_secs(600)
        + Duration::from_millis(2) * u32::try_from(operations).expect("not so many")
}

fn kills(fleet: &Fleet) -> Vec<Trouble<'_>> {
    (0..fleet.addresses.len())
        .map(|node| {
            let kill: Box<dyn Fn() + Sync> = Box::new(move || fleet.killed_for(node, DOWN));
            ("a node is killed", kill)
        })
        .collect()
}

#[test]
fn long_nothing_is_lost_on_one_key_file_while_nodes_are_killed() {
    let fleet = Fleet::start(3, |_| ());
    // Servers that share a key file read what the others wrote: a tenth is enough here.
    let operations = operations() / 10;
    let mut troubles = kills(&fleet);
    troubles.extend(kills(&fleet));
    work::done(
        &fleet,
        &Plan {
            operations,
            clients: CLIENTS,
            bound: BOUND,
            limit: limit(operations),
            troubles,
        },
    );
}

#[test]
fn long_nothing_is_lost_on_redis_while_nodes_are_killed_and_redis_fails_over() {
    let servers = Servers::watched();
    let fleet = Fleet::start(3, |settings| {
        settings["store"] = json!(servers.url());
        // Both: while one takes over, the other still follows the old primary, and would answer for what the new one lacks.
        settings["redis"] = json!({"replicas": 2});
    });
    let operations = operations();
    let mut troubles = kills(&fleet);
    troubles.push((
        "Redis is killed and fails over",
        Box::new(|| servers.fail_over()),
    ));
    troubles.push(("Redis is restarted", Box::new(|| servers.restart())));
    troubles.extend(kills(&fleet));
    troubles.push(("Redis hands over", Box::new(|| servers.hand_over())));
    troubles.push((
        "Redis fails over once more",
        Box::new(|| servers.fail_over()),
    ));
    let done = work::done(
        &fleet,
        &Plan {
            operations,
            clients: CLIENTS,
            bound: BOUND,
            limit: limit(operations),
            troubles,
        },
    );
    assert!(done.put_off > 0, "nobody noticed any trouble: {done:?}");
}

#[test]
fn long_a_node_cut_from_redis_both_ways_refuses_and_recovers() {
    apart::cut(Cut::Both);
}

#[test]
fn long_a_node_that_does_not_hear_redis_refuses_and_recovers() {
    apart::cut(Cut::Hearing);
}

#[test]
fn long_a_node_that_redis_does_not_hear_refuses_and_recovers() {
    apart::cut(Cut::Speaking);
}

#[test]
fn long_a_node_whose_redis_is_stopped_refuses_and_recovers() {
    apart::paused();
}

#[test]
fn long_a_node_whose_redis_is_restarted_refuses_and_recovers() {
    apart::restarted();
}

#[test]
fn long_a_node_whose_redis_is_out_of_memory_opens_and_does_not_mint() {
    apart::out_of_memory();
}

#[test]
fn long_a_node_whose_redis_became_a_replica_does_not_mint() {
    apart::read_only();
}

#[test]
fn long_a_node_far_from_redis_works_within_the_bound_and_refuses_beyond() {
    apart::slow();
}
