//! The texts of our pages in the language of whoever reads them, as far as web/words has a file of it; else in English.
//!
//! What a page puts into a text is escaped with it, by the template: nothing here is ever markup. Programs and logs are
//! told everything in English.

use std::sync::{Arc, OnceLock};

use actix_web::http::header::{AcceptLanguage, Header as _, Preference, Quality};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use rust_embed::RustEmbed;
use unic_langid::{CharacterDirection, LanguageIdentifier};

use super::facts::Head;
use super::shared::Shared;

/// A file a language, named by it: `de.ftl`.
#[derive(RustEmbed)]
#[folder = "web/words"]
struct Files;

/// How the names of the files end.
const ENDING: &str = ".ftl";
/// What there is where nothing else is.
const ENGLISH: &str = "en";
/// Most languages of a request that are looked at.
const WANTED: usize = 32;
/// Stands for what stands apart in a text, until the text is parted there.
const APART: &str = "\u{fffc}";

/// One language. Its file is read when somebody reads it first: until then it takes no memory.
struct Language {
    tag: LanguageIdentifier,
    name: String,
    texts: OnceLock<FluentBundle<FluentResource>>,
}

/// All languages that there is a file of.
pub(super) struct Languages {
    all: Vec<Arc<Language>>,
    english: Arc<Language>,
}

/// The texts in one language.
#[derive(Clone)]
pub(super) struct Words {
    language: Arc<Language>,
    english: Arc<Language>,
}

/// A text around something that stands apart in it, such as a name in a wrapping of its own.
pub(super) struct Around {
    pub(super) before: String,
    pub(super) after: String,
}

/// What a page puts into a text: words, or a number, whose plural the language forms.
pub(super) trait Value {
    /// The same for Fluent.
    fn value(&self) -> FluentValue<'_>;
}

/// What is put into a text, by the names that it has there.
pub(super) type Values<'a> = &'a [(&'static str, &'a dyn Value)];

impl Languages {
    /// Those that are embedded.
    pub(super) fn embedded() -> Self {
        let english: LanguageIdentifier = ENGLISH.parse().unwrap_or_default();
        let all: Vec<Arc<Language>> = Files::iter()
            .filter_map(|file| {
                let name = file.strip_suffix(ENDING)?;
                Some(Arc::new(Language::of(name.parse().ok()?, name)))
            })
            .collect();
        let found = all.iter().find(|language| language.tag == english);
        let found = found.map(Arc::clone);
        Self {
            english: found.unwrap_or_else(|| Arc::new(Language::of(english, ENGLISH))),
            all,
        }
    }

    /// English.
    #[cfg(test)]
    pub(super) fn english(&self) -> Words {
        self.first_of(&[])
    }

    /// The first of these languages that there is a file of; else English.
    pub(super) fn first_of(&self, wanted: &[LanguageIdentifier]) -> Words {
        let there: Vec<&LanguageIdentifier> = self.all.iter().map(|one| &one.tag).collect();
        let english = &self.english.tag;
        let lookup = NegotiationStrategy::Lookup;
        let chosen = negotiate_languages(wanted, &there, Some(&english), lookup);
        let chosen = chosen.first().map_or(english, |tag| **tag);
        let language = self.all.iter().find(|one| one.tag == *chosen);
        Words {
            language: Arc::clone(language.unwrap_or(&self.english)),
            english: Arc::clone(&self.english),
        }
    }
}

impl Language {
    fn of(tag: LanguageIdentifier, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            texts: OnceLock::new(),
            tag,
        }
    }

    fn texts(&self) -> &FluentBundle<FluentResource> {
        self.texts.get_or_init(|| {
            let file = Files::get(&format!("{}{ENDING}", self.name));
            let text = file.and_then(|file| String::from_utf8(file.data.into_owned()).ok());
            // What cannot be read of a file is English; the tests let no such file pass.
            let texts = match FluentResource::try_new(text.unwrap_or_default()) {
                Ok(texts) | Err((texts, _)) => texts,
            };
            let mut bundle = FluentBundle::new_concurrent(vec![self.tag.clone()]);
            // The marks would be in titles and in what is copied; where a name could turn a sentence, it stands apart.
            bundle.set_use_isolating(false);
            bundle.add_resource_overriding(texts);
            bundle
        })
    }

    fn text(&self, id: &str, values: Values<'_>) -> Option<String> {
        let texts = self.texts();
        let pattern = texts.get_message(id)?.value()?;
        let mut args = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            args.set(*name, value.value());
        }
        let mut errors = Vec::new();
        let text = texts.format_pattern(pattern, Some(&args), &mut errors);
        for error in errors {
            tracing::debug!("{} {id}: {error}", self.name);
        }
        Some(text.into_owned())
    }
}

impl Words {
    /// In the language that the browser of `request` asks for first among those that there are.
    pub(super) fn of(request: &impl Head, shared: &Shared) -> Self {
        let wanted = AcceptLanguage::parse(request).map(|wanted| wanted.0);
        let mut wanted = wanted.unwrap_or_default();
        wanted.retain(|one| one.quality > Quality::ZERO);
        wanted.sort_by_key(|one| std::cmp::Reverse(one.quality));
        let tags = wanted.into_iter().filter_map(|one| match one.item {
            Preference::Specific(tag) => tag.as_str().parse().ok(),
            Preference::Any => None,
        });
        let tags: Vec<LanguageIdentifier> = tags.take(WANTED).collect();
        shared.languages.first_of(&tags)
    }

    /// What `lang` says of a page in it.
    pub(super) fn language(&self) -> &str {
        &self.language.name
    }

    /// What `dir` says of such a page.
    pub(super) fn direction(&self) -> &'static str {
        match self.language.tag.character_direction() {
            CharacterDirection::RTL => "rtl",
            CharacterDirection::LTR | CharacterDirection::TTB => "ltr",
        }
    }

    /// A text.
    pub(super) fn say(&self, id: &str) -> String {
        self.with(id, &[])
    }

    /// A text with something in it.
    pub(super) fn with(&self, id: &str, values: Values<'_>) -> String {
        let own = self.language.text(id, values);
        let text = own.or_else(|| self.english.text(id, values));
        text.unwrap_or_else(|| id.to_owned())
    }

    /// A text around what its file calls `apart`.
    pub(super) fn around(&self, id: &str, apart: &'static str, values: Values<'_>) -> Around {
        let mut all = values.to_vec();
        all.push((apart, &APART));
        let text = self.with(id, &all);
        let (before, after) = text.split_once(APART).unwrap_or((&text, ""));
        Around {
            before: before.to_owned(),
            after: after.to_owned(),
        }
    }

    /// What programs and the log are told as `english`, to a person. Its name in the files is `kind` and its own words; what
    /// has none there stays as it is.
    pub(super) fn known(&self, kind: &str, english: &str) -> String {
        let words = english.split(|character: char| !character.is_ascii_alphanumeric());
        let words = words.filter(|word| !word.is_empty());
        let id = words.fold(kind.to_owned(), |id, word| {
            id + "-" + &word.to_ascii_lowercase()
        });
        let own = self.language.text(&id, &[]);
        own.unwrap_or_else(|| english.to_owned())
    }
}

impl Value for &str {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(*self)
    }
}

impl Value for String {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(self.as_str())
    }
}

impl Value for usize {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(*self)
    }
}

impl Value for u64 {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(*self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(tag: &str) -> Words {
        Languages::embedded().first_of(&[tag.parse().expect("a language")])
    }

    #[test]
    fn what_stands_apart_is_where_the_sentence_has_it() {
        let english = spoken("en-GB").around("open-it", "name", &[]);
        assert_eq!((&*english.before, &*english.after), ("Open ", ""));
        let german = spoken("de-AT").around("open-it", "name", &[]);
        assert_eq!((&*german.before, &*german.after), ("", " öffnen"));
    }

    #[test]
    fn what_is_put_in_stays_as_it_is() {
        let name = "{ $name } \u{5e9}<b>&";
        let said = spoken("de").with("open-it", &[("name", &name)]);
        assert_eq!(said, format!("{name} öffnen"));
        let said = spoken("en").with("keys", &[("count", &1_234_567_usize)]);
        assert_eq!(said, "1234567 keys");
        assert_eq!(
            spoken("de").with("keys", &[("count", &1_usize)]),
            "1 Schlüssel"
        );
    }

    #[test]
    fn what_no_file_has_is_english() {
        assert_eq!(spoken("fr").say("open"), "Open");
        assert_eq!(
            spoken("de").known("rule", "a rule of nobody"),
            "a rule of nobody"
        );
        assert_eq!(
            spoken("de").known("rule", "the path is missing"),
            "Der Pfad fehlt"
        );
        assert_eq!(spoken("de").direction(), "ltr");
    }
}
