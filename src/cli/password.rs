//! A password from a person or from a pipe: never from an argument, which every account of the machine sees.

use std::io::{self, IsTerminal as _, Read as _};

use anyhow::{Context as _, Result, bail};
use zeroize::Zeroizing;

use crate::mint::{PASSWORD_BYTES, Password};

/// A new password: typed twice without being shown, or the one line of standard input when that is no terminal.
///
/// # Errors
/// When the two differ, or it is too short or too long.
pub(super) fn new_password() -> Result<Password> {
    new("Password: ")
}

/// A new passphrase of a key, read as a password is.
///
/// # Errors
/// As [`new_password`].
pub(super) fn new_passphrase() -> Result<Password> {
    new("Passphrase: ")
}

fn new(prompt: &str) -> Result<Password> {
    let text = if io::stdin().is_terminal() {
        typed_twice(prompt)?
    } else {
        from_pipe()?
    };
    Ok(Password::new(text)?)
}

fn typed_twice(prompt: &str) -> Result<Zeroizing<String>> {
    let ask = |prompt: &str| {
        let typed = rpassword::prompt_password(prompt).context("the password cannot be read")?;
        Ok::<_, anyhow::Error>(Zeroizing::new(typed))
    };
    let first = ask(prompt)?;
    if *first != *ask("The same again: ")? {
        bail!("the two are not the same: nothing was changed");
    }
    Ok(first)
}

/// One line, whose end is not part of it.
fn from_pipe() -> Result<Zeroizing<String>> {
    // One more than the limit, and the line's end, so that too long a password is seen as such.
    let most = PASSWORD_BYTES as u64 + 3;
    let mut text = Zeroizing::new(String::new());
    let mut input = io::stdin().lock().take(most);
    input
        .read_to_string(&mut text)
        .context("the password cannot be read from standard input")?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    Ok(Zeroizing::new(line.to_owned()))
}
