//! Finds every known credential in a text and puts a mask in its place.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aho_corasick::{AhoCorasick, MatchKind};
use hallmark_reports::record::Clean;
use hmac::{Hmac, Mac};
use rand::RngCore;
use sha2::Sha256;

use super::encodings::{beginning, spellings};
use super::places;

/// Keys the fingerprints of one run, so that a mask tells two credentials apart but identifies neither elsewhere.
#[derive(Clone)]
pub struct RunKey(Arc<[u8; 32]>);

impl RunKey {
    /// A fresh random key.
    pub fn random() -> Self {
        let mut key = [0; 32];
        rand::rng().fill_bytes(&mut key);
        Self(Arc::new(key))
    }
}

/// Knows credentials and masks them. Cheap to clone; clones share what they know.
///
/// A mask is `[name:fingerprint]`, the fingerprint being the first 8 hexadecimal digits of an HMAC under the run's key.
#[derive(Clone)]
pub struct Scrubber {
    key: RunKey,
    known: Arc<Mutex<Known>>,
    parent: Option<Arc<Mutex<Known>>>,
}

#[derive(Default, Clone)]
struct Known {
    /// spelling → mask
    masks: BTreeMap<String, String>,
    search: Option<Arc<Search>>,
}

struct Search {
    automaton: AhoCorasick,
    masks: Vec<String>,
}

impl Scrubber {
    /// Knows nothing yet.
    pub fn new(key: RunKey) -> Self {
        Self { key, known: Arc::default(), parent: None }
    }

    /// A scrubber for one case: knows what this one knows now; what it learns, this one learns too.
    pub fn child(&self) -> Self {
        let known = lock(&self.known).clone();
        Self { key: self.key.clone(), known: Arc::new(Mutex::new(known)), parent: Some(self.known.clone()) }
    }

    /// From now on `secret` is masked, in every form in which it may travel. `name` says whose it is.
    /// A leaked beginning of it is masked too.
    pub fn learn(&self, name: &str, secret: &str) {
        let mut forms = spellings(secret);
        forms.extend(beginning(secret));
        self.take_in(name, secret, &forms);
    }

    /// The same for a text that was made of a credential (cut, edited, glued to a word): its beginning may be an
    /// ordinary word, so only the whole is masked.
    pub fn learn_derived(&self, name: &str, text: &str) {
        self.take_in(name, text, &spellings(text));
    }

    fn take_in(&self, name: &str, secret: &str, forms: &[String]) {
        let mask = self.mask(name, secret);
        for known in std::iter::once(&self.known).chain(&self.parent) {
            let mut known = lock(known);
            for form in forms {
                if !known.masks.contains_key(form) {
                    known.masks.insert(form.clone(), mask.clone());
                    known.search = None;
                }
            }
        }
    }

    /// The mask that stands for a value.
    pub fn mask(&self, name: &str, value: &str) -> String {
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(24).collect();
        format!("[{name}:{}]", self.fingerprint(value))
    }

    /// First 8 hexadecimal digits of the HMAC-SHA256 of `value` under the run's key.
    pub fn fingerprint(&self, value: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key.0[..]) else { return String::new() };
        mac.update(value.as_bytes());
        mac.finalize().into_bytes().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Text fit for a record.
    pub fn clean(&self, text: &str) -> Clean {
        let text = self.replaced(text);
        Clean::vouched(places::mask_members(&text, &|value| self.mask("secret", value)))
    }

    /// Bytes fit for a record; what is not UTF-8 shows as U+FFFD.
    pub fn clean_bytes(&self, bytes: &[u8]) -> Clean {
        self.clean(&String::from_utf8_lossy(bytes))
    }

    /// The value of a header, masked by the header's name as well.
    pub fn clean_header(&self, name: &str, value: &[u8]) -> Clean {
        let text = String::from_utf8_lossy(value);
        if !places::is_secret_header(name) {
            return self.clean(&text);
        }
        let text = self.replaced(&text);
        Clean::vouched(places::mask_header(&text, &|word| self.mask("secret", word)))
    }

    /// Text that is known to hold no secret because it is written in our own sources or data: titles, rule texts.
    pub fn own_words(text: &str) -> Clean {
        Clean::vouched(text.to_owned())
    }

    fn replaced<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(search) = self.search() else { return Cow::Borrowed(text) };
        if !search.automaton.is_match(text) {
            return Cow::Borrowed(text);
        }
        Cow::Owned(search.automaton.replace_all(text, &search.masks))
    }

    fn search(&self) -> Option<Arc<Search>> {
        let mut known = lock(&self.known);
        if known.masks.is_empty() {
            return None;
        }
        if known.search.is_none() {
            let automaton = AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .build(known.masks.keys())
                .ok()?;
            let masks = known.masks.values().cloned().collect();
            known.search = Some(Arc::new(Search { automaton, masks }));
        }
        known.search.clone()
    }
}

fn lock(known: &Mutex<Known>) -> std::sync::MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scrubber() -> Scrubber {
        Scrubber::new(RunKey::random())
    }

    #[test]
    fn a_mask_tells_credentials_apart() {
        let scrubber = scrubber();
        scrubber.learn("reader", "secret-of-the-reader");
        scrubber.learn("writer", "secret-of-the-writer");
        let text = scrubber.clean("a secret-of-the-reader b secret-of-the-writer");
        assert!(text.as_str().starts_with("a [reader:") && text.as_str().contains("[writer:"), "{text}");
    }

    #[test]
    fn a_child_knows_what_its_parent_knew_and_teaches_it() {
        let parent = scrubber();
        parent.learn("a", "first-secret-value");
        let child = parent.child();
        child.learn("b", "second-secret-value");
        assert!(!child.clean("first-secret-value").as_str().contains("first"));
        assert!(!parent.clean("second-secret-value").as_str().contains("second"));
    }

    #[test]
    fn authorization_is_masked_even_when_unknown() {
        let header = scrubber().clean_header("Authorization", b"Bearer some-unknown-token-1");
        assert!(header.as_str().starts_with("Bearer [secret:"), "{header}");
    }

    proptest! {
        #[test]
        fn nothing_known_survives(secret in "[A-Za-z0-9_.~+/=-]{8,60}", before in "\\PC{0,20}", after in "\\PC{0,20}") {
            let scrubber = scrubber();
            scrubber.learn("it", &secret);
            let text = scrubber.clean(&format!("{before} {secret} {after}"));
            prop_assert!(!text.as_str().contains(&secret));
        }
    }
}
