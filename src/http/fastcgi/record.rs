//! FastCGI's records, taken apart and put together.
//!
//! Bytes in, what is to be done out: no socket, no clock. It never holds more than one record and one request's
//! variables, never panics, and breaks with whoever sends what a web server does not send.

use super::variables::Variables;

/// Most bytes of a request's variables. A web server passes on an address, a cookie and an authorization of 8 KiB each,
/// the address several times.
pub const VARIABLES: usize = 64 * 1024;
/// Most bytes of variables that are read over, so that a request that is too large gets an answer.
const READ_OVER: usize = 2 * 1024 * 1024;
/// Most records of one request, and most in a row that are of none.
const RECORDS: usize = 1024;
/// Bytes of a record's head, and of the bodies of those that begin and end a request.
const HEAD: usize = 8;
/// Longest content of a record.
const CONTENT: usize = 0xffff;
/// Most connections; said to a server that asks, and held to by the listener.
pub const CONNECTIONS: usize = 1024;

const BEGIN_REQUEST: u8 = 1;
const ABORT_REQUEST: u8 = 2;
const END_REQUEST: u8 = 3;
const PARAMS: u8 = 4;
const STDIN: u8 = 5;
const STDOUT: u8 = 6;
const DATA: u8 = 8;
const GET_VALUES: u8 = 9;
const GET_VALUES_RESULT: u8 = 10;
const UNKNOWN_TYPE: u8 = 11;

const AUTHORIZER: u16 = 2;
const KEEP_CONNECTION: u8 = 1;

/// How a request ended, as the protocol numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Complete = 0,
    OneAtATime = 1,
    UnknownRole = 3,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// To answer this.
    Asked(Asked),
    /// To send this.
    Send(Vec<u8>),
    /// To send this, and to end the connection.
    SendAndEnd(Vec<u8>),
}

/// A request to an authorizer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its number on the connection.
    pub id: u16,
    /// Whether the connection stays open behind the answer.
    pub keeps: bool,
    /// What it says; nothing where that was too much.
    pub variables: Option<Variables>,
}

/// Why a connection is broken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Another version than 1.
    #[error("not FastCGI's version 1")]
    Version,
    /// A record that no web server sends there.
    #[error("a record that does not belong there")]
    Record,
    /// Variables whose lengths do not add up.
    #[error("variables that do not end where they should")]
    Variables,
    /// More of something than anybody needs.
    #[error("too much")]
    TooMuch,
}

/// A request whose variables are not all there.
#[derive(Debug)]
struct Begun {
    id: u16,
    keeps: bool,
    params: Vec<u8>,
    read_over: usize,
}

/// What is left of a connection's bytes.
#[derive(Debug, Default)]
pub struct Decoder {
    bytes: Vec<u8>,
    begun: Option<Begun>,
    records: usize,
}

impl Decoder {
    /// Whether nothing has begun.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.bytes.is_empty() && self.begun.is_none()
    }

    /// How many bytes it holds.
    #[must_use]
    pub fn held(&self) -> usize {
        self.bytes.len() + self.begun.as_ref().map_or(0, |begun| begun.params.len())
    }

    /// Takes `bytes`. To be called when [`Self::event`] has nothing more.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// What is to be done next; nothing until there are more bytes.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn event(&mut self) -> Result<Option<Event>, Broken> {
        loop {
            let Some((&[version, kind, id_1, id_0, length_1, length_0, padding, _], rest)) =
                self.bytes.split_first_chunk::<HEAD>()
            else {
                return Ok(None);
            };
            if version != 1 {
                return Err(Broken::Version);
            }
            let length = usize::from(u16::from_be_bytes([length_1, length_0]));
            let whole = length + usize::from(padding);
            let Some(content) = rest.get(..whole).and_then(|rest| rest.get(..length)) else {
                return Ok(None);
            };
            let content = content.to_vec();
            self.bytes.drain(..HEAD + whole);
            self.records += 1;
            if self.records > RECORDS {
                return Err(Broken::TooMuch);
            }
            let id = u16::from_be_bytes([id_1, id_0]);
            if let Some(event) = self.record(kind, id, &content)? {
                return Ok(Some(event));
            }
        }
    }

    fn record(&mut self, kind: u8, id: u16, content: &[u8]) -> Result<Option<Event>, Broken> {
        match (kind, id) {
            (GET_VALUES, 0) => Ok(Some(Event::Send(values(content)?))),
            // What the protocol does not know yet is answered so.
            (UNKNOWN_TYPE.., 0) => {
                let body = [kind, 0, 0, 0, 0, 0, 0, 0];
                Ok(Some(Event::Send(record(UNKNOWN_TYPE, 0, &body))))
            }
            (_, 0) => Err(Broken::Record),
            (BEGIN_REQUEST, id) => self.begin(id, content),
            (PARAMS, id) => self.params(id, content),
            (ABORT_REQUEST, id) => {
                let begun = self.begun.take_if(|begun| begun.id == id);
                let ended = |begun: Begun| ended(id, Ended::Complete, begun.keeps);
                Ok(begun.map(ended))
            }
            // An authorizer reads no body. Some servers end it all the same, also behind the answer.
            (STDIN | DATA, _) => Ok(None),
            _ => Err(Broken::Record),
        }
    }

    fn begin(&mut self, id: u16, content: &[u8]) -> Result<Option<Event>, Broken> {
        let &[role_1, role_0, flags, _, _, _, _, _] = content else {
            return Err(Broken::Record);
        };
        let keeps = flags & KEEP_CONNECTION != 0;
        match &self.begun {
            Some(begun) if begun.id == id => return Err(Broken::Record),
            // The one that has begun goes on.
            Some(_) => return Ok(Some(ended(id, Ended::OneAtATime, true))),
            None => {}
        }
        if u16::from_be_bytes([role_1, role_0]) != AUTHORIZER {
            return Ok(Some(ended(id, Ended::UnknownRole, keeps)));
        }
        self.begun = Some(Begun {
            id,
            keeps,
            params: Vec::new(),
            read_over: 0,
        });
        Ok(None)
    }

    fn params(&mut self, id: u16, content: &[u8]) -> Result<Option<Event>, Broken> {
        let Some(begun) = self.begun.as_mut().filter(|begun| begun.id == id) else {
            // Of one that was refused.
            return Ok(None);
        };
        if !content.is_empty() {
            if begun.read_over == 0 && begun.params.len() + content.len() <= VARIABLES {
                begun.params.extend_from_slice(content);
                return Ok(None);
            }
            begun.params = Vec::new();
            begun.read_over += content.len();
            return if begun.read_over > READ_OVER {
                Err(Broken::TooMuch)
            } else {
                Ok(None)
            };
        }
        self.records = 0;
        let Some(begun) = self.begun.take() else {
            return Ok(None);
        };
        let variables = if begun.read_over > 0 {
            None
        } else {
            Some(Variables::parse(&begun.params).ok_or(Broken::Variables)?)
        };
        Ok(Some(Event::Asked(Asked {
            id,
            keeps: begun.keeps,
            variables,
        })))
    }
}

/// What a server asks of us as a whole.
fn values(content: &[u8]) -> Result<Vec<u8>, Broken> {
    let asked = Variables::parse(content).ok_or(Broken::Variables)?;
    let most = CONNECTIONS.to_string();
    let mut pairs = Vec::new();
    for (name, value) in [
        ("FCGI_MAX_CONNS", most.as_str()),
        ("FCGI_MAX_REQS", most.as_str()),
        ("FCGI_MPXS_CONNS", "0"),
    ] {
        if asked.has(name) {
            // Both are shorter than 128 bytes, so that a length is one byte.
            pairs.extend([name.len(), value.len()].map(|length| u8::try_from(length).unwrap_or(0)));
            pairs.extend_from_slice(name.as_bytes());
            pairs.extend_from_slice(value.as_bytes());
        }
    }
    Ok(record(GET_VALUES_RESULT, 0, &pairs))
}

/// `text` as the whole answer to a request.
#[must_use]
pub fn answered(id: u16, text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() + 4 * HEAD);
    for part in text.chunks(CONTENT) {
        bytes.extend(record(STDOUT, id, part));
    }
    bytes.extend(record(STDOUT, id, &[]));
    bytes.extend(end(id, Ended::Complete));
    bytes
}

fn ended(id: u16, how: Ended, keeps: bool) -> Event {
    if keeps {
        Event::Send(end(id, how))
    } else {
        Event::SendAndEnd(end(id, how))
    }
}

fn end(id: u16, how: Ended) -> Vec<u8> {
    record(END_REQUEST, id, &[0, 0, 0, 0, how as u8, 0, 0, 0])
}

/// One record; no caller has more content than fits.
fn record(kind: u8, id: u16, content: &[u8]) -> Vec<u8> {
    let [id_1, id_0] = id.to_be_bytes();
    let content = content.get(..CONTENT).unwrap_or(content);
    let [length_1, length_0] = u16::try_from(content.len()).unwrap_or(0).to_be_bytes();
    let mut bytes = vec![1, kind, id_1, id_0, length_1, length_0, 0, 0];
    bytes.extend_from_slice(content);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> Vec<u8> {
        let mut bytes = vec![u8::try_from(name.len()).expect("a short name")];
        bytes.extend(u32::to_be_bytes(
            u32::try_from(value.len()).expect("a length") | 1 << 31,
        ));
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(value.as_bytes());
        bytes
    }

    fn begin(id: u16, role: u8, flags: u8) -> Vec<u8> {
        record(BEGIN_REQUEST, id, &[0, role, flags, 0, 0, 0, 0, 0])
    }

    fn all(bytes: &[u8]) -> Result<Vec<Event>, Broken> {
        let mut decoder = Decoder::default();
        decoder.feed(bytes);
        std::iter::from_fn(|| decoder.event().transpose()).collect()
    }

    fn one(event: &Event) -> &Asked {
        let Event::Asked(asked) = event else {
            panic!("{event:?}");
        };
        asked
    }

    #[test]
    fn a_request_is_read_however_it_is_cut() {
        let pairs = [pair("REQUEST_URI", "/a"), pair("HTTP_HOST", "h")].concat();
        let (first, second) = pairs.split_at(9);
        let bytes = [
            begin(7, 2, 1),
            record(PARAMS, 7, first),
            record(PARAMS, 7, second),
            record(PARAMS, 7, &[]),
            record(STDIN, 7, &[]),
        ]
        .concat();
        let events = all(&bytes).expect("one request");
        let asked = one(&events[0]);
        assert_eq!((asked.id, asked.keeps, events.len()), (7, true, 1));
        let variables = asked.variables.as_ref().expect("variables");
        assert_eq!(variables.said("REQUEST_URI").once(), Some("/a"));

        let mut decoder = Decoder::default();
        let mut slowly = Vec::new();
        for byte in &bytes {
            decoder.feed(&[*byte]);
            slowly.extend(decoder.event().expect("no mistake"));
        }
        assert_eq!(slowly, events);
        assert!(decoder.is_idle());
    }

    #[test]
    fn padding_is_read_over() {
        let mut padded = begin(1, 2, 0);
        padded[6] = 3;
        padded.extend([9, 9, 9]);
        padded.extend(record(PARAMS, 1, &[]));
        let events = all(&padded).expect("one request");
        assert!(!one(&events[0]).keeps);
    }

    #[test]
    fn what_no_server_sends_is_broken_off() {
        let version = [vec![2], begin(1, 2, 0)[1..].to_vec()].concat();
        let pairs = |bytes: &[u8]| {
            [
                begin(1, 2, 0),
                record(PARAMS, 1, bytes),
                record(PARAMS, 1, &[]),
            ]
            .concat()
        };
        for (bytes, why) in [
            (version, Broken::Version),
            (begin(0, 2, 0), Broken::Record),
            (record(BEGIN_REQUEST, 1, &[0, 2, 0]), Broken::Record),
            (record(BEGIN_REQUEST, 1, &[]), Broken::Record),
            ([begin(1, 2, 0), begin(1, 2, 0)].concat(), Broken::Record),
            (record(STDOUT, 1, b"x"), Broken::Record),
            (record(END_REQUEST, 1, &[0; 8]), Broken::Record),
            (record(PARAMS, 0, b""), Broken::Record),
            (record(200, 1, b""), Broken::Record),
            (pairs(&[1]), Broken::Variables),
            (pairs(&[0x80, 0, 0]), Broken::Variables),
            (
                pairs(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
                Broken::Variables,
            ),
            (pairs(&[3, 3, b'a']), Broken::Variables),
            (record(GET_VALUES, 0, &[9]), Broken::Variables),
            (
                record(GET_VALUES, 0, &[]).repeat(RECORDS + 1),
                Broken::TooMuch,
            ),
            (record(STDIN, 9, &[]).repeat(RECORDS + 1), Broken::TooMuch),
        ] {
            assert_eq!(all(&bytes), Err(why));
        }
    }

    #[test]
    fn too_many_variables_are_said_to_be_and_held_by_nobody() {
        let mut decoder = Decoder::default();
        decoder.feed(&begin(1, 2, 1));
        let part = record(PARAMS, 1, &vec![0; 30_000]);
        for _ in 0..20 {
            decoder.feed(&part);
            assert_eq!(decoder.event(), Ok(None));
            assert!(decoder.held() <= VARIABLES);
        }
        decoder.feed(&record(PARAMS, 1, &[]));
        let event = decoder.event().expect("no mistake").expect("a request");
        assert_eq!(one(&event).variables, None);

        let endless = [begin(1, 2, 1), part.repeat(READ_OVER / 30_000 + 4)].concat();
        assert_eq!(all(&endless), Err(Broken::TooMuch));
    }

    #[test]
    fn other_roles_and_a_second_request_at_once_are_turned_away() {
        for role in [0, 1, 3, 255] {
            let events = all(&begin(1, role, 0)).expect("no mistake");
            assert_eq!(events, [ended(1, Ended::UnknownRole, false)]);
        }
        let bytes = [
            begin(1, 2, 1),
            begin(2, 2, 0),
            record(PARAMS, 2, &pair("A", "b")),
            record(PARAMS, 2, &[]),
            record(PARAMS, 1, &[]),
        ]
        .concat();
        let events = all(&bytes).expect("no mistake");
        assert_eq!(events[0], ended(2, Ended::OneAtATime, true));
        assert_eq!(one(&events[1]).id, 1);
        let bytes = [begin(1, 2, 1), record(ABORT_REQUEST, 1, &[])].concat();
        assert_eq!(all(&bytes), Ok(vec![ended(1, Ended::Complete, true)]));
    }

    #[test]
    fn what_a_server_asks_of_us_is_told() {
        let asked = [pair("FCGI_MPXS_CONNS", ""), pair("FCGI_OTHER", "")].concat();
        let told = record(GET_VALUES_RESULT, 0, b"\x0f\x01FCGI_MPXS_CONNS0");
        assert_eq!(
            all(&record(GET_VALUES, 0, &asked)),
            Ok(vec![Event::Send(told)])
        );
        let told = record(UNKNOWN_TYPE, 0, &[77, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(all(&record(77, 0, b"?")), Ok(vec![Event::Send(told)]));
    }
}
