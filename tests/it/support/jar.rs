//! Cookies, as simply as one server needs them: names and values, no paths, no times.

use super::Reply;

/// What a browser keeps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jar(Vec<(String, String)>);

impl Jar {
    /// Takes in what `reply` sets; an empty value stands for a cookie taken back.
    pub(crate) fn absorb(&mut self, reply: &Reply) {
        for (name, value) in &reply.headers {
            let cookie = value.split(';').next().unwrap_or_default();
            if let (true, Some((name, value))) = (
                name.eq_ignore_ascii_case("set-cookie"),
                cookie.split_once('='),
            ) {
                self.0.retain(|(have, _)| have != name);
                if !value.is_empty() {
                    self.0.push((name.to_owned(), value.to_owned()));
                }
            }
        }
    }

    /// The `Cookie` header, if there is anything to say.
    pub(crate) fn header(&self) -> Option<String> {
        let pairs: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The cookies' values, none of which may ever be in a log.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.0.iter().map(|(_, value)| value.clone()).collect()
    }
}
