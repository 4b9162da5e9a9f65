//! Where somebody who signed in is sent back to: our own host, or one at or below the domain of our cookie. Anywhere else
//! they would come back from as a stranger, for ever.

use url::{Host, Url};

/// The hosts to which we send a browser.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReturnHosts {
    /// This one.
    host: Option<Host>,
    /// This one and all below it.
    domain: Option<String>,
    /// By https alone: our cookies go nowhere else.
    https: bool,
}

impl ReturnHosts {
    /// `host`, and `domain` with all below it; by https alone or by both schemes.
    #[must_use]
    pub fn of(host: Option<Host>, domain: Option<String>, https: bool) -> Self {
        Self {
            host,
            domain,
            https,
        }
    }

    /// The address that `text` spells, where a browser may be sent there: http or https, one of the hosts, no user in it.
    #[must_use]
    pub fn admit(&self, text: &str) -> Option<Url> {
        let fit = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
        if text.len() > 4096 || !text.bytes().all(fit) {
            return None;
        }
        let url = Url::parse(text).ok()?;
        let plain = (url.scheme() == "https" || url.scheme() == "http" && !self.https)
            && url.username().is_empty()
            && url.password().is_none();
        let host = url.host()?.to_owned();
        (plain && (self.host.as_ref() == Some(&host) || self.in_domain(&url))).then_some(url)
    }

    /// Whether the cookie of the domain goes there.
    fn in_domain(&self, url: &Url) -> bool {
        let (Some(domain), Some(Host::Domain(host))) = (&self.domain, url.host()) else {
            return false;
        };
        host.strip_suffix(domain.as_str())
            .is_some_and(|above| above.is_empty() || above.ends_with('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        let host = Host::parse("edit.example.net").ok();
        let domain = Some("example.org".to_owned());
        let strict = ReturnHosts::of(host.clone(), domain.clone(), true);
        assert!(strict.admit("https://a.example.org/").is_some());
        assert!(strict.admit("http://a.example.org/").is_none());
        let known = ReturnHosts::of(host, domain, false);
        for good in [
            "https://edit.example.net/a?b",
            "http://EDIT.example.net:81/",
            "https://example.org/",
            "https://a.b.example.org/x#y",
        ] {
            assert!(known.admit(good).is_some(), "{good}");
        }
        for bad in [
            "https://evil.example/",
            "https://notexample.org/",
            "https://example.org.evil.example/",
            "https://edit.example.net.evil.example/",
            "https://edit.example.net@evil.example/",
            "https://x@edit.example.net/",
            "//edit.example.net/",
            "/a",
            "javascript:alert(1)//edit.example.net",
            "https:\\\\edit.example.net/",
            "https://evil.example\\@edit.example.net/",
            "https://edit.example.net/\r\nSet-Cookie: a=b",
            "https://edit.example.net/ü",
            "https://example.org./",
            "ftp://edit.example.net/",
        ] {
            assert!(known.admit(bad).is_none(), "{bad}");
        }
        assert!(
            ReturnHosts::default()
                .admit("https://example.org/")
                .is_none()
        );
    }
}
