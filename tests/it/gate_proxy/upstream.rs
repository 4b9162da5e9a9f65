//! An application behind a proxy, which says what it was told and remembers it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::support::random_text;

/// The application.
pub(super) struct Upstream {
    pub(super) address: SocketAddr,
    /// A word in each of its answers.
    pub(super) mark: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let (mark, heads) = (random_text(18), Arc::new(Mutex::new(Vec::new())));
        let upstream = Self {
            address,
            mark: mark.clone(),
            heads: Arc::clone(&heads),
        };
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (mark, heads) = (mark.clone(), Arc::clone(&heads));
                std::thread::spawn(move || serve(&stream, &mark, &heads));
            }
        });
        upstream
    }

    /// The head of each request that came, since this was last asked.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.heads.lock().expect("the list"))
    }
}

fn serve(stream: &TcpStream, mark: &str, heads: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head).ok()? == 0 {
            return None;
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    heads.lock().expect("the list").push(head.clone());
    let headers: Vec<(&str, &str)> = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name, value.trim()))
        .collect();
    let of = |wanted: &str| {
        let mut found = headers.iter();
        let (_, value) = found.find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        Some(*value)
    };
    let length = if of("transfer-encoding").is_some() {
        chunks(&mut reader)?
    } else {
        let length = of("content-length").map_or(0, |text| text.parse().expect("a length"));
        std::io::copy(&mut (&mut reader).take(length), &mut std::io::sink()).ok()?
    };
    let body =
        json!({"mark": mark, "line": head.lines().next(), "headers": headers, "length": length});
    let body = body.to_string();
    let mut out = stream;
    write!(
        out,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .ok()
}

fn chunks(reader: &mut BufReader<&TcpStream>) -> Option<u64> {
    let mut whole = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let size = u64::from_str_radix(line.trim(), 16).ok()?;
        std::io::copy(&mut reader.take(size + 2), &mut std::io::sink()).ok()?;
        if size == 0 {
            return Some(whole);
        }
        whole += size;
    }
}
