//! Stage 5: keys at rest, and with them sessions and last uses.
//!
//! Whatever is handed out stands on the disk first. Nothing here knows what a file below a root holds.

pub mod audit;
mod certificate;
mod error;
pub mod keyfile;
mod keys;
mod lastused;
mod log;
mod member;
pub mod moving;
pub mod ownership;
pub mod php;
mod picture;
pub mod redis;
mod secret;
mod sessions;
mod throttle;
mod users;

pub use audit::{Act, Addresses, Audit, AuditFile, Event, Loss};
pub use certificate::{BadCertificate, CertificateFiles, End, end_of, fingerprint, self_signed};
pub use error::StoreError;
pub use keyfile::KeyFile;
pub use keys::{
    Added, Ask, CHILDREN, Changed, Claimed, Claiming, Cursor, DEPTH, Derived, Found, Gone, Hit,
    Hits, KeyTable, Keys, KeysState, KnownUses, LeftOut, Mark, Minted, Moved, NAMELESS_KEYS,
    NotSearch, Order, PAGE_KEYS, Pass, QUERY_BYTES, Removed, Returned, Same, Search, Seen, Sort,
    State, Still, Undone, Uses, Want, Wanted, Whose,
};
pub use lastused::{LastUses, Used, day};
pub use log::{Base, Log, Look, NotEdited, Problem};
pub use member::{Member, NotMember, has_members};
pub use picture::{NotPicture, PictureFile, picture_kind};
pub use secret::{existing_secrets, secrets};
pub use sessions::{
    GrantedDirectory, HostGrant, Session, Sessions, Ticket, TicketFile, Withdrawn, ticket_end,
};
pub use throttle::{NotNow, Remembered, Throttle};
pub use users::{LocalUser, NotUserName, USER_NAME_CHARS, UserName, UserTable, Users};
