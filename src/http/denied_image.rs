//! The picture that is shown in place of one that is refused: public by being set, read at the start and again when it
//! changed.
//!
//! It must never be a file of editkey's own, whatever it is called or linked to; a bad new one never takes a good one's
//! place.

use std::sync::{PoisonError, RwLock};

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use bytes::Bytes;

use super::raw;
use crate::settings::PublicPicture;

/// The picture.
pub struct DeniedImage {
    picture: PublicPicture,
    current: RwLock<Bytes>,
}

impl DeniedImage {
    /// The picture as it is now.
    ///
    /// # Errors
    /// Why it cannot be shown, in a sentence.
    pub fn new(picture: PublicPicture) -> Result<Self, String> {
        let current = RwLock::new(picture.read()?);
        Ok(Self { picture, current })
    }

    /// Takes up what now stands in the file; to be called about once a second.
    pub(super) fn look(&self) {
        if !self.picture.changed() {
            return;
        }
        match self.picture.read() {
            Ok(new) => *self.current.write().unwrap_or_else(PoisonError::into_inner) = new,
            Err(error) => tracing::warn!("gate.denied_image stays the one before: {error}"),
        }
    }

    /// The refusal `response` with the picture as its body.
    pub(super) fn in_place_of(&self, response: HttpResponse) -> HttpResponse {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let mut response = response.set_body(Bytes::clone(&current));
        drop(current);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.picture.kind()));
        // It may be a drawing, which is a document to a browser that goes there.
        headers.insert(
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(raw::POLICY),
        );
        response.map_into_boxed_body()
    }
}
