//! The ways in through sockets that we bound ourselves: how newcomers are kept out before a listener is closed.
//!
//! What stands in a listener's queue when it closes is cut off by the kernel. So nobody joins the queue any more, those in
//! it are served, and only then the listener goes. A file that another process has put in a socket's place is never removed.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use socket2::{SockFilter, SockRef};

/// Ways in that are open until they are closed, once.
#[derive(Default)]
pub(super) struct Doors(Vec<Door>);

enum Door {
    /// The listener once more.
    Port(TcpListener),
    /// The file of a Unix socket, and which file it is.
    File(PathBuf, (u64, u64)),
}

impl Doors {
    /// The way in by a listener of ours.
    ///
    /// # Errors
    /// No descriptor is left.
    pub(super) fn port(&mut self, listener: &TcpListener) -> io::Result<()> {
        self.0.push(Door::Port(listener.try_clone()?));
        Ok(())
    }

    /// The way in by the socket file that we made at `path`.
    ///
    /// # Errors
    /// It is gone already.
    pub(super) fn file(&mut self, path: &Path) -> io::Result<()> {
        self.0.push(Door::File(path.to_owned(), which(path)?));
        Ok(())
    }

    /// These and those.
    pub(super) fn and(mut self, mut other: Self) -> Self {
        self.0.append(&mut other.0);
        self
    }

    /// Whether there is none, or none that is still open.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// From now on nobody new gets in. Who came before is still to be accepted.
    pub(super) fn close(&mut self) {
        for door in self.0.drain(..) {
            match door {
                Door::Port(listener) => {
                    if let Err(error) = SockRef::from(&listener).attach_filter(&BUT_NEW) {
                        tracing::debug!("newcomers are not kept out of a port: {error}");
                    }
                }
                Door::File(path, ours) => {
                    if which(&path).is_ok_and(|there| there == ours) {
                        let _ = fs::remove_file(path);
                    }
                }
            }
        }
    }
}

impl Drop for Doors {
    fn drop(&mut self) {
        self.close();
    }
}

fn which(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// What a listener takes in: all but the first packet of a connection, which has SYN and no ACK in the flags of its TCP
/// header. Whoever sent it tries again in a second, and is refused or finds the next server.
const BUT_NEW: [SockFilter; 5] = [
    // The flags: byte 13 of the header.
    SockFilter::new(0x30, 0, 0, 13),
    // Of these SYN (2) and ACK (16).
    SockFilter::new(0x54, 0, 0, 0x12),
    // SYN alone is dropped, all else passes.
    SockFilter::new(0x15, 0, 1, 0x02),
    SockFilter::new(0x06, 0, 0, 0),
    SockFilter::new(0x06, 0, 0, u32::MAX),
];

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;
    use std::os::unix::net::UnixListener;
    use std::time::Duration;

    use super::*;

    #[test]
    fn who_stands_in_the_queue_is_served_and_nobody_joins_it() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(address).expect("a listener");
            let address = listener.local_addr().expect("its address");
            let mut doors = Doors::default();
            doors.port(&listener).expect("its door");
            let mut early = TcpStream::connect(address).expect("a connection");
            doors.close();
            assert!(doors.is_empty());
            let soon = Duration::from_millis(200);
            let late = TcpStream::connect_timeout(&address, soon).expect_err("nobody gets in");
            assert_eq!(late.kind(), io::ErrorKind::TimedOut, "{late}");
            early.write_all(b"hello").expect("said");
            let (mut stream, _) = listener.accept().expect("the early one");
            let mut heard = [0; 5];
            stream.read_exact(&mut heard).expect("heard");
            assert_eq!(&heard, b"hello");
            drop(listener);
            let refused = TcpStream::connect(address).expect_err("nobody listens");
            assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        }
    }

    #[test]
    fn only_our_own_socket_file_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("socket");
        let bind = || UnixListener::bind(&path).expect("a socket");
        let door = || {
            let mut doors = Doors::default();
            doors.file(&path).expect("its door");
            doors
        };
        let first = bind();
        let mut firsts = door();
        let moved = folder.path().join("moved");
        fs::rename(&path, &moved).expect("away");
        let second = bind();
        firsts.close();
        assert!(path.exists(), "the file of another");
        door().close();
        assert!(!path.exists(), "our own");
        drop((first, second));
    }
}
