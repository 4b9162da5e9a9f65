//! Who asks: what a request carries, held out to the sources as [`Evidence`].

use std::net::IpAddr;

use actix_web::HttpRequest;

use super::facts::Head;
use super::shared::Shared;
use super::{facts, session};
use crate::access::{Holder, Known, Moment};
use crate::error::{Kind, Refused};
use crate::names::Label;
use crate::visitor::{Evidence, Said};

/// Who asks, as all sources know them; nobody is refused.
pub(super) async fn known(
    request: &impl Head,
    shared: &Shared,
    holder: &Holder,
    now: Moment,
) -> Result<Known, Refused> {
    let carried = Carried { request, shared };
    let known = shared.entry.known(&carried, holder, now).await?;
    if known.is_empty() {
        return Err(Refused::new(Kind::Refused, "nobody whom a grant names"));
    }
    Ok(known)
}

/// The name of the project that a PHP host's session of this browser is about.
pub(super) async fn project(request: &HttpRequest, shared: &Shared, now: Moment) -> Option<Label> {
    let carried = Carried { request, shared };
    shared.entry.project(&carried, now.time).await
}

/// What a request carries.
pub(super) struct Carried<'a, R = HttpRequest> {
    pub(super) request: &'a R,
    pub(super) shared: &'a Shared,
}

impl<R: Head> Evidence for Carried<'_, R> {
    fn peer(&self) -> Option<IpAddr> {
        let peer = self.request.head().peer_addr?;
        Some(peer.ip().to_canonical())
    }

    fn client(&self) -> Option<IpAddr> {
        facts::certain_client(self.request, self.shared)
    }

    fn guesser(&self) -> Option<IpAddr> {
        facts::client(self.request, self.shared)
    }

    fn by_unix_socket(&self) -> bool {
        self.request.by_unix_socket()
    }

    fn local(&self) -> bool {
        facts::connection(self.request, self.shared).counts_as_local()
    }

    fn header(&self, name: &str) -> Said<'_> {
        // There are few of them: to look at each costs less than to hash a name.
        let headers = self.request.headers().iter();
        let values = headers.filter(|(known, _)| known.as_str() == name);
        Said::of(values.map(|(_, value)| std::str::from_utf8(value.as_bytes()).ok()))
    }

    fn header_by_another_spelling(&self, name: &str) -> bool {
        let same = |known: &str| {
            known.len() == name.len()
                && known.contains('_')
                && known
                    .bytes()
                    .zip(name.bytes())
                    .all(|(known, wanted)| known == wanted || (known == b'_' && wanted == b'-'))
        };
        let mut names = self.request.headers().keys();
        names.any(|known| same(known.as_str()))
    }

    fn cookie(&self, name: &str) -> Said<'_> {
        Said::of(session::cookies(self.request, name).map(Some))
    }
}
