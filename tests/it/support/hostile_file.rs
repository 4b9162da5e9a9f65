//! Reads the lists of attacks in `tests/hostile/`: one attack a line, `#` comments between them.
//!
//! A line ends in ` => 400 403 closed` where it may only be answered so. In a line `\r \n \t \0 \\ \xHH` are bytes,
//! `{name}` is what the test puts there, and `{TEXT*COUNT}` is a repetition.

/// One attack.
pub(crate) struct Attack {
    /// `file:line`, for the message.
    pub(crate) name: String,
    /// The line, with what the test put in.
    pub(crate) bytes: Vec<u8>,
    /// The statuses that the line allows; none given: the list's own rule holds.
    pub(crate) allowed: Vec<u16>,
    /// The connection may be closed without a word.
    pub(crate) may_close: bool,
}

impl Attack {
    /// The parts between ` | `.
    pub(crate) fn parts(&self) -> Vec<&[u8]> {
        let mut parts = Vec::new();
        let mut rest = &self.bytes[..];
        while let Some(at) = rest.windows(3).position(|three| three == b" | ") {
            parts.push(&rest[..at]);
            rest = &rest[at + 3..];
        }
        parts.push(rest);
        parts
    }
}

/// The attacks of `text`, which is the list `file`, with `put` in the place of their names.
pub(crate) fn read(file: &str, text: &str, put: &[(&str, String)]) -> Vec<Attack> {
    let lines = text.lines().enumerate();
    lines
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(at, line)| {
            let (line, rule) = line.rsplit_once(" => ").unwrap_or((line, ""));
            Attack {
                name: format!("tests/hostile/{file}:{}", at + 1),
                bytes: unescape(&fill(line, put)),
                allowed: rule
                    .split(' ')
                    .filter_map(|word| word.parse().ok())
                    .collect(),
                may_close: rule.is_empty() || rule.contains("closed"),
            }
        })
        .collect()
}

fn fill(line: &str, put: &[(&str, String)]) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, after) = after
            .split_once('}')
            .unwrap_or_else(|| panic!("no }} in {line}"));
        let found = put.iter().find(|(have, _)| *have == name);
        match (found, name.rsplit_once('*')) {
            (Some((_, value)), _) => out.push_str(value),
            (None, Some((what, count))) => {
                out.push_str(&what.repeat(count.parse().expect("a count")));
            }
            (None, None) => panic!("nothing is called {name} in {line}"),
        }
        rest = after;
    }
    out + rest
}

fn unescape(line: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = line.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        out.push(match bytes.next().expect("something after a backslash") {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'0' => 0,
            b'\\' => b'\\',
            b'x' => {
                let digits = [
                    bytes.next().expect("a digit"),
                    bytes.next().expect("a digit"),
                ];
                let digits = std::str::from_utf8(&digits).expect("ASCII");
                u8::from_str_radix(digits, 16).expect("hexadecimal")
            }
            other => panic!("\\{} in {line}", char::from(other)),
        });
    }
    out
}
