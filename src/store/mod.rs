//! Stage 5: keys at rest, and with them sessions and last uses.
//!
//! Whatever is handed out stands on the disk first. Nothing here knows what a file below a root holds.

mod audit;
mod certificate;
mod error;
pub mod keyfile;
mod keys;
mod lastused;
mod log;
pub mod ownership;
pub mod php;
mod picture;
mod secret;
mod sessions;
mod users;

pub use audit::{Act, Audit, Event};
pub use certificate::{BadCertificate, CertificateFiles, End, end_of, fingerprint, self_signed};
pub use error::StoreError;
pub use keyfile::KeyFile;
pub use keys::{
    Ask, CHILDREN, Changed, Claimed, Claiming, DEPTH, Derived, Found, KeyTable, Keys, Minted,
    NAMELESS_KEYS, Same,
};
pub use lastused::{LastUses, day};
pub use log::{Base, Look, NotEdited, Problem};
pub use picture::{NotPicture, PictureFile, picture_kind};
pub use secret::secrets;
pub use sessions::{
    GrantedDirectory, HostGrant, Session, Sessions, Ticket, TicketFile, ticket_end,
};
pub use users::{LocalUser, NotUserName, USER_NAME_CHARS, UserName, UserTable, Users};
