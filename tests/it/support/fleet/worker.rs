//! One client and its ledger: what it was told, and what may be so.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::super::wire::encode;
use super::super::{Reply, hash_text};
use super::client::Client;
use super::work::{Done, Shared};

/// What one client waits before it asks again for what was refused for now.
const PAUSE: Duration = Duration::from_millis(20);
/// Keys of a client that have files; the others stay without.
const FILES: usize = 50;
/// A key that was acknowledged, and what its file may hold.
struct Held {
    name: String,
    key: String,
    /// What the last acknowledged save wrote.
    written: Option<String>,
    /// What saves since then wrote that got no answer.
    perhaps: Vec<String>,
}

/// One client and its ledger.
pub(super) struct Worker<'a> {
    pub(super) shared: &'a Shared<'a>,
    number: usize,
    proxy: Client,
    nodes: Vec<Client>,
    cookies: String,
    folder: String,
    held: Vec<Held>,
    /// Revoked keys, and when that was acknowledged; those before `checked` were looked at.
    gone: Vec<(String, Instant)>,
    checked: usize,
    dice: u64,
    named: usize,
    pub(super) count: Done,
}

impl<'a> Worker<'a> {
    pub(super) fn new(shared: &'a Shared<'a>, number: usize) -> Self {
        let fleet = shared.fleet;
        let folder = format!("root/a/client-{number}");
        std::fs::create_dir_all(fleet.tree.path.join(&folder)).expect("a folder");
        Self {
            shared,
            number,
            proxy: Client::at(fleet.address()),
            nodes: fleet
                .addresses
                .iter()
                .map(|&node| Client::at(node))
                .collect(),
            cookies: fleet.session(&format!("client{number}"), &folder),
            folder: encode(&fleet.tree.at(&folder)),
            held: Vec::new(),
            gone: Vec::new(),
            checked: 0,
            dice: 0x9e37_79b9_7f4a_7c15 ^ (number as u64 + 1),
            named: 0,
            count: Done::default(),
        }
    }

    /// The next number of a generator that gives the same ones in each run.
    fn dice(&mut self, sides: usize) -> usize {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        usize::try_from(self.dice % sides as u64).expect("small")
    }

    /// One operation, and a look at what was revoked long enough ago.
    pub(super) fn one(&mut self) {
        let answered = match self.dice(10) {
            0..4 => self.mint(),
            4..7 => self.open(),
            7..9 => self.save(),
            _ => self.revoke(),
        };
        if answered.is_some() {
            self.shared.done.fetch_add(1, Ordering::Relaxed);
        } else {
            self.shared.put_off.fetch_add(1, Ordering::Relaxed);
            thread::sleep(PAUSE);
        }
        while let Some((key, since)) = self.gone.get(self.checked).cloned()
            && since.elapsed() > self.shared.plan.bound
        {
            self.checked += 1;
            self.refused_everywhere(&key);
        }
    }

    fn asked(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Option<Reply> {
        let reply = self.proxy.ask(method, target, headers, body)?;
        (!put_off(&reply)).then_some(reply)
    }

    fn unforeseen(&self, what: &str, reply: &Reply) {
        let said = reply.text().chars().take(200).collect::<String>();
        let (number, status) = (self.number, reply.status);
        self.shared
            .wrong(format!("client {number}: {what}: {status} {said}"));
    }

    fn mint(&mut self) -> Option<()> {
        let name = format!("{}.md", self.named);
        let target = format!("/redirect?dirname={}&basename={name}", self.folder);
        let cookies = self.cookies.clone();
        let reply = self.asked("GET", &target, &[("Cookie", &cookies)], "")?;
        match reply.key() {
            Some(key) if reply.status == 302 => {
                self.named += 1;
                self.count.minted += 1;
                self.held.push(Held {
                    name,
                    key,
                    written: None,
                    perhaps: Vec::new(),
                });
            }
            _ => self.unforeseen("a mint", &reply),
        }
        Some(())
    }

    fn open(&mut self) -> Option<()> {
        if self.held.is_empty() {
            return Some(());
        }
        let at = self.dice(self.held.len());
        self.read(at)?;
        self.count.opened += 1;
        Some(())
    }

    /// Reads the file of a key and holds it against the ledger.
    fn read(&mut self, at: usize) -> Option<Reply> {
        let bearer = format!("Bearer {}", self.held[at].key);
        let reply = self.asked("GET", "/api/file", &[("Authorization", &bearer)], "")?;
        let held = &mut self.held[at];
        let text = reply.text();
        let good = match reply.status {
            404 => held.written.is_none(),
            200 if held.written.as_ref() == Some(&text) => true,
            200 if held.perhaps.contains(&text) => {
                held.written = Some(text);
                true
            }
            _ => false,
        };
        if !good {
            let what = format!(
                "key of {}, whose file holds {:?} or {:?}",
                held.name, held.written, held.perhaps
            );
            self.unforeseen(&what, &reply);
        }
        Some(reply)
    }

    fn save(&mut self) -> Option<()> {
        if self.held.is_empty() {
            return Some(());
        }
        let at = self.dice(self.held.len().min(FILES));
        let read = self.read(at)?;
        let (bearer, turn) = (
            format!("Bearer {}", self.held[at].key),
            self.dice(usize::MAX),
        );
        let text = format!("client {} wrote {turn:x}\n", self.number);
        let condition = read
            .header("etag")
            .map_or(("If-None-Match", "*"), |tag| ("If-Match", tag));
        self.held[at].perhaps.push(text.clone());
        let reply = self.asked(
            "PUT",
            "/api/file",
            &[("Authorization", &bearer), condition],
            &text,
        )?;
        let held = &mut self.held[at];
        match reply.status {
            201 | 204 => {
                held.written = Some(text);
                held.perhaps.clear();
                self.count.saved += 1;
            }
            412 => self.overtaken(at, &read)?,
            _ => self.unforeseen("a save", &reply),
        }
        Some(())
    }

    /// A save that found the file changed since it was read: by one that got no answer, be it this one, which the
    /// proxy sent to a second node when the first was killed. So the file is not as it was read.
    fn overtaken(&mut self, at: usize, read: &Reply) -> Option<()> {
        let now = self.read(at)?;
        if (now.status, &now.body) == (read.status, &read.body) {
            self.unforeseen("a save refused, though nobody had saved", &now);
        }
        Some(())
    }

    fn revoke(&mut self) -> Option<()> {
        if self.held.is_empty() {
            return Some(());
        }
        let at = self.dice(self.held.len());
        // It is there; so where it is not, later, an ask did it that got no answer, or that the proxy sent twice.
        self.read(at)?;
        let held = self.held.swap_remove(at);
        let target = format!("/api/keys/{}", hash_text(&held.key));
        let bearer = format!("Bearer {}", self.shared.fleet.admin);
        while self.shared.began.elapsed() < self.shared.plan.limit {
            let Some(reply) = self.asked("DELETE", &target, &[("Authorization", &bearer)], "")
            else {
                self.shared.put_off.fetch_add(1, Ordering::Relaxed);
                thread::sleep(PAUSE);
                continue;
            };
            if matches!(reply.status, 204 | 404) {
                self.gone.push((held.key, Instant::now()));
                self.count.revoked += 1;
            } else {
                self.unforeseen(&format!("the revocation of {}", held.name), &reply);
            }
            return Some(());
        }
        None
    }

    fn refused_everywhere(&mut self, key: &str) {
        for at in 0..self.nodes.len() {
            let bearer = format!("Bearer {key}");
            // A node that is being killed opens nothing either.
            let reply = self.nodes[at].ask("GET", "/api/key", &[("Authorization", &bearer)], "");
            if let Some(reply) = reply
                && !put_off(&reply)
                && !refused(&reply)
            {
                self.unforeseen(&format!("a revoked key at node {at}"), &reply);
            }
        }
    }

    /// Everything once more, when all is quiet: no answer is put off any more.
    pub(super) fn at_the_end(&mut self) {
        for at in 0..self.held.len() {
            if self.read(at).is_none() && self.read(at).is_none() {
                self.shared
                    .wrong(format!("client {}: no answer at the end", self.number));
                return;
            }
        }
        for (key, _) in std::mem::take(&mut self.gone) {
            let bearer = format!("Bearer {key}");
            let reply = self.asked("GET", "/api/key", &[("Authorization", &bearer)], "");
            match reply {
                Some(reply) if refused(&reply) => {}
                Some(reply) => self.unforeseen("a revoked key, at the end", &reply),
                None => self.shared.wrong("no answer at the end".to_owned()),
            }
        }
    }
}

fn put_off(reply: &Reply) -> bool {
    matches!(reply.status, 502 | 503 | 504 | 507)
}

/// The key is none; who asks for such keys again and again is told to wait, whoever has a right one is not.
fn refused(reply: &Reply) -> bool {
    matches!(reply.status, 403 | 429)
}
