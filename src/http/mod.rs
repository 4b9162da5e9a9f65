//! Stage 1: the request. The only folder that knows actix.
//!
//! A handler extracts, makes one call, responds. Nothing here decides who may do what, and no URL is ever logged: the
//! URL is the secret.

mod answer;
mod assets;
mod body;
mod browsing;
mod conditions;
mod content;
mod denied_image;
mod directory;
mod doors;
mod ending;
mod enter;
mod events;
mod facts;
mod fastcgi;
mod file;
mod files_api;
mod folder;
mod forms;
mod gate;
mod guard;
mod handed;
mod health;
mod host_api;
mod in_hand;
mod inherited;
mod key;
mod key_api;
mod keys_api;
mod keys_json;
mod keys_prune;
mod login;
mod manage;
mod methods;
mod metrics;
mod near;
mod next;
mod onward;
mod openapi;
mod page;
mod plain;
mod prunes;
mod query;
mod raw;
mod redirect;
mod server;
mod session;
mod shared;
mod sockets;
mod start;
mod stored;
mod tls;
mod tries;
mod unlock;
mod validators;
mod watched;
mod who;
mod words;

pub use denied_image::DeniedImage;
pub use fastcgi::{Asked, Broken, CONNECTIONS, Decoder, Event, VARIABLES, Variables, answered};
pub use server::{Config, Server};
pub use sockets::{Bound, NotBound, bind};
pub use tls::Tls;
