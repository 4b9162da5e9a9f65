//! What a PHP session says to editkey: the variables that Open Guide Editor's hosts set, and no others.

use std::collections::HashSet;

use super::super::User;
use super::walk::{Undecodable, Value, Walk};
use crate::names::{Dirname, Label};

/// The variable that gives everything.
const POWERUSER: &[u8] = b"open-guide-editor-poweruser";
/// The variable that gives directories.
const ACCESS: &[u8] = b"open-guide-editor-access";
/// The variable with the project's name.
const PROJECT: &[u8] = b"open-guide-project-name";
/// Most directories; of more, none counts.
const DIRECTORIES: usize = 1000;
/// Most bytes of a variable's name.
const NAME_BYTES: usize = 1024;

/// What a session says. All of it is the host's word, and nothing of it where the variable is missing or of another form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PhpSession {
    /// Whether everything below the roots is granted: the variable is `true`, and nothing that PHP would take for it.
    pub poweruser: bool,
    /// The directories that are granted; what is no absolute, clean directory is left out.
    pub directories: Vec<Dirname>,
    /// The project's name.
    pub project: Option<Label>,
    /// The person's name.
    pub user: Option<User>,
}

impl PhpSession {
    /// What `bytes` say, which the serializer `php` or `php_serialize` wrote. `user` is the variable that names the person.
    ///
    /// Objects, enumerations and references may stand in variables that are not asked for: they are passed over by their
    /// lengths and counts, and never made. In those that are asked for they give nothing.
    ///
    /// # Errors
    /// [`Undecodable`]: then nothing of it counts.
    pub fn read(bytes: &[u8], user: Option<&str>) -> Result<Self, Undecodable> {
        let plain = Self::walked(bytes, user, php);
        if !bytes.starts_with(b"a:") {
            return plain.map_err(|why| named(bytes, why));
        }
        // The name of a variable may hold anything but '|', so a text that looks like an array may be either.
        match (Self::walked(bytes, user, php_serialize), plain) {
            (Ok(_), Ok(_)) => Err(Undecodable::Ambiguous),
            (Ok(session), Err(_)) | (Err(_), Ok(session)) => Ok(session),
            (Err(why), Err(_)) => Err(why),
        }
    }

    fn walked(bytes: &[u8], user: Option<&str>, walk: Walker) -> Result<Self, Undecodable> {
        let mut session = Self::default();
        let mut seen = HashSet::new();
        walk(bytes, &mut |name, value| {
            if !seen.insert(name) {
                return Err(Undecodable::Twice);
            }
            session.take(name, value, user);
            Ok(())
        })?;
        Ok(session)
    }

    fn take(&mut self, name: &[u8], value: Value<'_>, user: Option<&str>) {
        match (name, value) {
            (POWERUSER, Value::Bool(poweruser)) => self.poweruser = poweruser,
            (ACCESS, Value::Array(list)) => {
                let texts = list.texts(DIRECTORIES).unwrap_or_default();
                let spelled = texts
                    .into_iter()
                    .filter_map(|text| std::str::from_utf8(text).ok());
                self.directories = spelled
                    .filter_map(|text| Dirname::parse(text).ok())
                    .collect();
            }
            (PROJECT, Value::Text(text)) => {
                let text = std::str::from_utf8(text).ok().map(str::trim);
                let text = text.filter(|text| !text.is_empty());
                self.project = text.and_then(|text| Label::parse(text).ok());
            }
            _ => {}
        }
        if user.is_some_and(|user| user.as_bytes() == name) {
            let text = match value {
                Value::Text(text) => std::str::from_utf8(text).ok(),
                Value::Integer(digits) => Some(digits),
                Value::Bool(_) | Value::Array(_) | Value::Other => None,
            };
            self.user = text.and_then(|text| User::parse(text).ok());
        }
    }
}

type Tell<'t, 'a> = &'t mut dyn FnMut(&'a [u8], Value<'a>) -> Result<(), Undecodable>;
type Walker = for<'a> fn(&'a [u8], Tell<'_, 'a>) -> Result<(), Undecodable>;

/// `NAME|VALUE`, one after the other.
fn php<'a>(bytes: &'a [u8], tell: Tell<'_, 'a>) -> Result<(), Undecodable> {
    let mut walk = Walk::of(bytes);
    while !walk.ended() {
        let name = walk.until(b'|', NAME_BYTES)?;
        tell(name, walk.value()?)?;
    }
    Ok(())
}

/// One array of all variables. Numbers may be names there; nobody asks for those.
fn php_serialize<'a>(bytes: &'a [u8], tell: Tell<'_, 'a>) -> Result<(), Undecodable> {
    let mut walk = Walk::of(bytes);
    for _ in 0..walk.opened_array()? {
        let name = walk.key()?;
        tell(name, walk.value()?)?;
    }
    walk.skip(b"}")?;
    if walk.ended() {
        Ok(())
    } else {
        Err(Undecodable::Malformed)
    }
}

/// The same reason, or the name of a serializer that `bytes` look like.
fn named(bytes: &[u8], why: Undecodable) -> Undecodable {
    let binary = |first: u8| {
        // A length, a name of that length, a value.
        let (kind, colon) = (1 + usize::from(first), 2 + usize::from(first));
        let kind = bytes
            .get(kind)
            .is_some_and(|kind| b"NbidsaOCErR".contains(kind));
        let colon = bytes.get(colon).is_some_and(|colon| b":;".contains(colon));
        first < 0x80 && kind && colon
    };
    match bytes {
        [0, 0, 0, 1 | 2, ..] => Undecodable::Serializer("igbinary"),
        [0x80..=0x8f | 0xde | 0xdf, ..] => Undecodable::Serializer("msgpack"),
        [first, ..] if binary(*first) => Undecodable::Serializer("php_binary"),
        _ => why,
    }
}
