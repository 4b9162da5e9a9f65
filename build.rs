//! What the linker is told of the program: nothing that a loader might not understand.

use std::env::var;
use std::io::Write as _;
use std::process::Command;

/// The first GNU C library whose loader reads packed relocations.
const PACKED: [u32; 2] = [2, 36];

fn main() -> std::io::Result<()> {
    let mut cargo = std::io::stdout();
    writeln!(cargo, "cargo::rerun-if-changed=build.rs")?;
    // What is built for another machine may meet any loader there.
    let native = var("HOST").is_ok_and(|host| var("TARGET") == Ok(host));
    if native && c_library().is_some_and(|version| version >= PACKED) {
        // What the loader sets right is told it in 10 KiB in place of 650, all of which it reads.
        let told = "cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs";
        writeln!(cargo, "{told}")?;
    }
    Ok(())
}

/// The version of this machine's GNU C library; none where it has another one.
fn c_library() -> Option<[u32; 2]> {
    let said = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let said = String::from_utf8(said.ok()?.stdout).ok()?;
    let (first, second) = said.trim().strip_prefix("glibc ")?.split_once('.')?;
    let second = second.split('.').next()?;
    Some([first.parse().ok()?, second.parse().ok()?])
}
