//! A server of these settings, asked over the wire whether it serves: by TCP, by TLS or by a Unix socket.
//!
//! Nothing secret is sent, every wait has one end in common, and what answers is believed to be editkey only where it
//! says one of editkey's own words.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};

use super::pinned;
use super::running::servers;
use crate::settings::{Listen, Settings};

/// Longest that all of it may take: longer than the server itself waits for a key file that changes.
const WITHIN: Duration = Duration::from_secs(5);
/// Most bytes of an answer.
const ANSWER_BYTES: u64 = 16 * 1024;
/// Most headers of an answer.
const HEADERS: usize = 32;

/// Where the server of some settings is asked.
pub(super) struct Door {
    way: Way,
    base_path: String,
}

enum Way {
    Tcp(SocketAddr),
    Tls(SocketAddr, Arc<ClientConfig>),
    Unix(PathBuf),
}

/// What a server says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum State {
    /// All is well.
    #[serde(rename = "ready")]
    Ready,
    /// Keys open, and something cannot be written.
    #[serde(rename = "degraded")]
    Degraded,
    /// No key opens.
    #[serde(rename = "not ready")]
    NotReady,
    /// It was told to end.
    #[serde(rename = "draining")]
    Draining,
}

/// What was answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// The word.
    pub(super) state: State,
    /// What it adds for `metrics_networks`.
    pub(super) details: Vec<String>,
}

impl State {
    const ALL: [Self; 4] = [Self::Ready, Self::Degraded, Self::NotReady, Self::Draining];

    /// The word for it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Degraded => "degraded",
            Self::NotReady => "not ready",
            Self::Draining => "draining",
        }
    }

    /// Whether keys open.
    pub(super) fn serves(self) -> bool {
        matches!(self, Self::Ready | Self::Degraded)
    }
}

impl Door {
    /// The first address in `listen`, as someone on this machine reaches it. How it is spoken to there says the server
    /// that runs, if it says so in the key folder: `serve --tls` is in no settings.
    ///
    /// Nothing where any free port is listed and no server says which it has.
    ///
    /// # Errors
    /// Its certificate cannot be read.
    pub(super) fn of(settings: &Settings) -> Result<Option<Self>> {
        let first = settings.listen.first().context("listen names no address")?;
        let base_path = settings.base_path.as_str().to_owned();
        let listed = match first {
            Listen::Unix(path) => {
                let way = Way::Unix(path.clone());
                return Ok(Some(Self { way, base_path }));
            }
            Listen::Tcp(listed) => *listed,
        };
        let signs = servers(&settings.key_folder);
        let sign = signs.iter().find_map(|sign| {
            let url = url::Url::parse(&sign.url).ok()?;
            let port = url.port_or_known_default()?;
            (listed.port() == 0 || listed.port() == port).then(|| (port, url.scheme() == "https"))
        });
        let Some((port, tls)) = sign.or_else(|| {
            let known = listed.port() != 0;
            known.then(|| (listed.port(), settings.tls.is_some()))
        }) else {
            return Ok(None);
        };
        let address = SocketAddr::new(here(listed.ip()), port);
        let way = if tls {
            Way::Tls(address, pinned::to_our_own(settings)?)
        } else {
            Way::Tcp(address)
        };
        Ok(Some(Self { way, base_path }))
    }

    /// How the server is named to itself.
    fn host(&self) -> String {
        match &self.way {
            Way::Tcp(address) | Way::Tls(address, _) => address.to_string(),
            Way::Unix(_) => "localhost".to_owned(),
        }
    }
}

impl fmt::Display for Door {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.way {
            Way::Tcp(address) => write!(out, "http://{address}{}", self.base_path),
            Way::Tls(address, _) => write!(out, "https://{address}{}", self.base_path),
            Way::Unix(path) => write!(out, "unix:{}", path.display()),
        }
    }
}

/// An address that listens on all of them is reached on this machine's own.
fn here(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(all) if all.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(all) if all.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V4(_) | IpAddr::V6(_) => ip,
    }
}

/// What the server at `door` answers at `/readyz`; nothing where nobody listens.
///
/// # Errors
/// No answer within some seconds; an answer that editkey does not give.
pub(super) fn readiness(door: &Door) -> Result<Option<Answer>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let heard = runtime.block_on(async { tokio::time::timeout(WITHIN, ask(door)).await });
    let heard = match heard {
        Err(_) => bail!(
            "{door} did not answer within {} seconds: is it stopped or overloaded? Its log may say why",
            WITHIN.as_secs()
        ),
        Ok(Err(error)) if is_nobody(&error) => return Ok(None),
        Ok(heard) => heard.with_context(|| format!("{door} cannot be asked"))?,
    };
    match understood(&heard) {
        Ok(answer) => Ok(Some(answer)),
        Err(said) => bail!(
            "what listens at {door} {said}: another program, or a server that runs with another base_path or tls (editkey config show)"
        ),
    }
}

fn is_nobody(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, NotFound};
    matches!(error.kind(), ConnectionRefused | NotFound)
}

async fn ask(door: &Door) -> io::Result<Vec<u8>> {
    // In HTTP/1.0 an answer ends where the connection does.
    let (path, host) = (&door.base_path, door.host());
    let question = format!("GET {path}readyz HTTP/1.0\r\nHost: {host}\r\n\r\n");
    match &door.way {
        Way::Tcp(address) => heard(TcpStream::connect(address).await?, &question).await,
        Way::Unix(path) => heard(UnixStream::connect(path).await?, &question).await,
        Way::Tls(address, config) => {
            let stream = TcpStream::connect(address).await?;
            let connector = tokio_rustls::TlsConnector::from(Arc::clone(config));
            let name = ServerName::from(address.ip());
            heard(connector.connect(name, stream).await?, &question).await
        }
    }
}

async fn heard<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    question: &str,
) -> io::Result<Vec<u8>> {
    stream.write_all(question.as_bytes()).await?;
    stream.flush().await?;
    let mut heard = Vec::new();
    match stream.take(ANSWER_BYTES).read_to_end(&mut heard).await {
        // Some end TLS without a word; what is too short is not understood.
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
        _ => Ok(heard),
    }
}

/// The answer in these bytes, or what they are instead.
fn understood(heard: &[u8]) -> Result<Answer, String> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let Ok(httparse::Status::Complete(head)) = response.parse(heard) else {
        return Err("does not answer by HTTP".to_owned());
    };
    let code = response.code.unwrap_or_default();
    let body = heard.get(head..).unwrap_or_default();
    let body = String::from_utf8_lossy(body);
    let mut lines = body.lines().map(|line| {
        // For a terminal.
        let shown = line.chars().filter(|character| !character.is_control());
        shown.collect::<String>()
    });
    let first = lines.next().unwrap_or_default();
    let (word, why) = match first.split_once(": ") {
        Some((word, why)) => (word, Some(why.to_owned())),
        None => (first.as_str(), None),
    };
    let state = State::ALL.into_iter().find(|state| state.as_str() == word);
    let expected = |state: &State| code == if state.serves() { 200 } else { 503 };
    match state.filter(expected) {
        Some(state) => Ok(Answer {
            state,
            details: why.into_iter().chain(lines).collect(),
        }),
        None => Err(format!("answers {code}, and not as editkey does")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(state: State, details: &[&str]) -> Answer {
        let details = details.iter().map(|line| (*line).to_owned()).collect();
        Answer { state, details }
    }

    #[test]
    fn only_editkeys_own_words_are_an_answer() {
        let said = |code: u16, body: &str| {
            understood(format!("HTTP/1.1 {code} \r\nA: b\r\n\r\n{body}").as_bytes())
        };
        assert_eq!(said(200, "ready\n"), Ok(answer(State::Ready, &[])));
        assert_eq!(
            said(200, "ready\nkeys 3\n"),
            Ok(answer(State::Ready, &["keys 3"]))
        );
        assert_eq!(
            said(200, "degraded\nread\u{1b}[2J-only\n"),
            Ok(answer(State::Degraded, &["read[2J-only"]))
        );
        assert_eq!(
            said(503, "not ready: a: b\n"),
            Ok(answer(State::NotReady, &["a: b"]))
        );
        assert_eq!(said(503, "draining\n"), Ok(answer(State::Draining, &[])));
        for (code, body) in [
            (503, "ready\n"),
            (200, "not ready\n"),
            (404, "ready"),
            (200, "readyish\n"),
            (200, ""),
            (200, "<!DOCTYPE html>"),
        ] {
            let why = said(code, body).expect_err(body);
            assert!(why.contains(&code.to_string()), "{why}");
        }
        for bytes in [
            &b""[..],
            b"ready\n",
            b"SSH-2.0-x\r\n",
            b"HTTP/1.1 200 OK\r\nA: b",
        ] {
            let why = understood(bytes).expect_err("no answer");
            assert!(why.contains("HTTP"), "{why}");
        }
    }

    #[test]
    fn whoever_listens_everywhere_is_asked_here() {
        let asked = |text: &str| here(text.parse().expect("an address")).to_string();
        assert_eq!(asked("0.0.0.0"), "127.0.0.1");
        assert_eq!(asked("::"), "::1");
        assert_eq!(asked("192.0.2.1"), "192.0.2.1");
    }
}
