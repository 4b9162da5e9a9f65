//! The program as others see it: over the wire, at the command line and on the disk. One binary, one file a topic.
//!
//! No test but those of settings, vectors, the life of a key, PHP's second opinion, what nodes share and the link to Redis reaches into the crate; none waits by the clock where it can look, or is
//! passed over: what cannot run here fails.
//! `#[cfg(test)]` is always so in this binary; it tells the lints that all of this is test code.

#[cfg(test)]
mod accessible;
mod accessible_more;
#[cfg(test)]
mod admin;
#[cfg(test)]
mod admin_forms;
#[cfg(test)]
mod admin_refused;
#[cfg(test)]
mod anomaly;
#[cfg(test)]
mod answer_lost;
#[cfg(test)]
mod api_file;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod audit_file;
#[cfg(test)]
mod audit_read;
#[cfg(test)]
mod budgets;
#[cfg(test)]
mod cli_directory_keys;
#[cfg(test)]
mod cli_keys;
#[cfg(test)]
mod cli_keys_file;
#[cfg(test)]
mod cli_names;
#[cfg(test)]
mod cli_narrow;
#[cfg(test)]
mod cli_prune;
#[cfg(test)]
mod cli_same_ask;
#[cfg(test)]
mod cli_shell;
#[cfg(test)]
mod cli_users;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod contract_keys;
#[cfg(test)]
mod deciding;
#[cfg(test)]
mod denied_image;
#[cfg(test)]
mod directory_keys;
#[cfg(test)]
mod directory_keys_used;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod editorconfig;
#[cfg(test)]
mod encodings;
#[cfg(test)]
mod events;
#[cfg(test)]
mod events_file;
#[cfg(test)]
mod example_hosts;
mod explain;
#[cfg(test)]
mod explain_url;
#[cfg(test)]
mod files_hidden;
#[cfg(test)]
mod files_listed;
#[cfg(test)]
mod files_searched;
#[cfg(test)]
mod fleet;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod gate_cookie;
#[cfg(test)]
mod gate_fastcgi;
#[cfg(test)]
mod gate_proxy;
#[cfg(test)]
mod gate_return;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod health;
#[cfg(test)]
mod host_limits;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod hostile_scene;
#[cfg(test)]
mod import_sessions;
#[cfg(test)]
mod joined;
#[cfg(test)]
mod jwt;
#[cfg(test)]
mod jwt_button;
#[cfg(test)]
mod jwt_keys;
#[cfg(test)]
mod jwt_refused;
#[cfg(test)]
mod kept_in_browser;
#[cfg(test)]
mod key_api;
#[cfg(test)]
mod keys_api;
#[cfg(test)]
mod keys_api_changes;
#[cfg(test)]
mod keys_api_lists;
#[cfg(test)]
mod keys_api_prune;
#[cfg(test)]
mod keys_api_told;
#[cfg(test)]
mod keys_of_anyone;
#[cfg(test)]
mod languages;
#[cfg(test)]
mod layering;
#[cfg(test)]
mod life;
#[cfg(test)]
mod life_in_browser;
#[cfg(test)]
mod lost_secret;
#[cfg(test)]
mod merged;
#[cfg(test)]
mod merged_kinds;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod migrate;
#[cfg(test)]
mod near;
#[cfg(test)]
mod never_lost;
#[cfg(test)]
mod never_lost_elsewhere;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod nowhere;
#[cfg(test)]
mod opaque;
#[cfg(test)]
mod open;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod passing;
#[cfg(test)]
mod php;
#[cfg(test)]
mod plain;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod previews;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod prune_undo;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod redirect;
#[cfg(test)]
mod redirect_links;
#[cfg(test)]
mod redis;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod share;
#[cfg(test)]
mod sign_ons;
#[cfg(test)]
mod signed_on;
#[cfg(test)]
mod snippets;
#[cfg(test)]
mod spoken;
#[cfg(test)]
mod standing;
mod start_page;
#[cfg(test)]
mod steps;
#[cfg(test)]
mod store_member;
#[cfg(test)]
mod store_redis;
#[cfg(test)]
mod store_settings;
#[cfg(test)]
mod story;
#[cfg(test)]
mod support;
#[cfg(test)]
mod sync_fails;
#[cfg(test)]
mod throttles;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod tools;
#[cfg(test)]
mod transcript;
#[cfg(test)]
mod trusted_headers;
#[cfg(test)]
mod unlock;
#[cfg(test)]
mod users;
#[cfg(test)]
mod users_forms;
#[cfg(test)]
mod users_page;
#[cfg(test)]
mod users_refusals;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod words;
