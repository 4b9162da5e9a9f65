//! Links that ask for more than themselves: a passphrase, or a browser's claim. Asked as browsers, previews, programs and
//! strangers would.

mod gate;
mod one_use;
mod passphrase;
mod required;
mod throttled;
