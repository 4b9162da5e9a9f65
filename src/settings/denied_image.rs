//! The picture in place of one that is refused: public, and so never a file that is editkey's own.

use bytes::Bytes;

use super::{Settings, Tls};
use crate::resolve::Protected;
use crate::store::php::PhpPlace;
use crate::store::{PictureFile, picture_kind};

/// A picture that everybody may see.
pub struct PublicPicture {
    file: PictureFile,
    kind: &'static str,
    own: Protected,
}

impl PublicPicture {
    /// The one that the settings name, unread.
    #[must_use]
    pub fn of(settings: &Settings) -> Option<Self> {
        let path = settings.gate.denied_image.clone()?;
        Some(Self {
            kind: picture_kind(&path)?,
            file: PictureFile::at(path),
            own: own(settings),
        })
    }

    /// Its media type.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Whether it has changed since it was last read, or tried to be.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.file.changed()
    }

    /// All its bytes.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub fn read(&self) -> Result<Bytes, String> {
        self.own.refresh();
        // Where it is ours, nobody else puts another file there between the look and the reading.
        let read = self.file.read().map_err(|error| error.to_string());
        if self.own.holds(self.file.path()) {
            return Err(format!(
                "'{}' belongs to editkey itself, and this picture is shown to everybody",
                self.file.path().display()
            ));
        }
        read
    }
}

/// What is editkey's own or secret. The folders of such files may hold other things as well.
fn own(settings: &Settings) -> Protected {
    let mut own = vec![settings.key_folder.clone()];
    own.extend(settings.settings_file.clone());
    own.extend(settings.secret_files().into_iter().cloned());
    if let Some(Tls::Files { key, .. }) = &settings.tls {
        own.push(key.clone());
    }
    if let Some(PhpPlace::Files { folder, .. }) =
        settings.php_sessions.as_ref().map(|php| &php.place)
    {
        own.push(folder.clone());
    }
    Protected::new(own)
}
