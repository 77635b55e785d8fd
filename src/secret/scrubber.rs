//! Finds every known credential in a text and puts a mask in its place.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};
use hallmark_reports::record::Clean;
use hmac::{Hmac, Mac};
use rand::RngCore;
use sha2::Sha256;

use super::encodings::{TELLTALE, spellings};
use super::places;

/// Bytes of a spelling that are searched for; the rest is compared. Keeps the search small for long tokens.
const NEEDLE: usize = 24;

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

/// Knows credentials and masks them. Cheap to clone; clones share what they know. What is known is shared and copied
/// only when more is learned: a run has thousands of children that know the same credentials.
///
/// A mask is `[name:fingerprint]`, the fingerprint being the first 8 hexadecimal digits of an HMAC under the run's key.
#[derive(Clone)]
pub struct Scrubber {
    key: RunKey,
    /// What the ancestors knew when this one was made.
    base: Vec<Arc<Known>>,
    own: Shared,
    /// What children learned: masked here too, but not handed to other children.
    taught: Shared,
    parent: Option<Shared>,
}

type Shared = Arc<Mutex<Arc<Known>>>;

/// Whether a search pays for being made quick, or is made anew with the next token.
#[derive(Clone, Copy)]
enum Kind {
    Lasting,
    Passing,
}

#[derive(Default, Clone)]
struct Known {
    /// What was taken in, and whether beginnings were meant.
    learned: BTreeSet<(String, bool)>,
    /// What of it was not yet spelled out: a run learns thousands of tokens that it never has to look for again.
    unspelled: Vec<(String, Spelling)>,
    /// spelling → its mask, and whether a leaked beginning of it is masked too
    spellings: BTreeMap<String, Spelling>,
    search: Option<Arc<Search>>,
}

#[derive(Clone)]
struct Spelling {
    mask: Arc<str>,
    beginnings: bool,
}

/// Needles, and for each the spellings that start with it.
struct Search {
    automaton: AhoCorasick,
    candidates: Vec<Vec<(String, Spelling)>>,
}

impl Scrubber {
    /// Knows nothing yet.
    pub fn new(key: RunKey) -> Self {
        Self {
            key,
            base: Vec::new(),
            own: Arc::default(),
            taught: Arc::default(),
            parent: None,
        }
    }

    /// A scrubber for one case: knows what this one was taught directly; what it learns, this one learns too.
    #[must_use]
    pub fn child(&self) -> Self {
        let mut base = self.base.clone();
        let (own, _) = searchable(&self.own, Kind::Lasting);
        base.push(own);
        Self {
            key: self.key.clone(),
            base,
            own: Arc::default(),
            taught: Arc::default(),
            parent: Some(self.taught.clone()),
        }
    }

    /// From now on `secret` is masked, in every form in which it may travel. `name` says whose it is.
    /// A leaked beginning of it is masked too.
    pub fn learn(&self, name: &str, secret: &str) {
        self.take_in(name, secret, true);
    }

    /// The same for a text that was made of a credential (cut, edited, glued to a word): its beginning may be an
    /// ordinary word, so only the whole is masked.
    pub fn learn_derived(&self, name: &str, text: &str) {
        self.take_in(name, text, false);
    }

    fn take_in(&self, name: &str, secret: &str, beginnings: bool) {
        let entry = (secret.to_owned(), beginnings);
        let whole = (secret.to_owned(), true);
        let knows = |known: &Known| known.learned.contains(&whole) || known.learned.contains(&entry);
        if self.base.iter().any(|known| knows(known)) || knows(&lock(&self.own)) {
            return;
        }
        let mask = self.mask(name, secret).into();
        let spelling = Spelling { mask, beginnings };
        for known in std::iter::once(&self.own).chain(&self.parent) {
            let mut known = lock(known);
            let known = Arc::make_mut(&mut known);
            if known.learned.insert(entry.clone()) {
                known.unspelled.push((secret.to_owned(), spelling.clone()));
            }
        }
    }

    /// The mask that stands for a value.
    pub fn mask(&self, name: &str, value: &str) -> String {
        let name: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .take(24)
            .collect();
        format!("[{name}:{}]", self.fingerprint(value))
    }

    /// First 8 hexadecimal digits of the HMAC-SHA256 of `value` under the run's key.
    pub fn fingerprint(&self, value: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key.0[..]) else {
            return String::new();
        };
        mac.update(value.as_bytes());
        mac.finalize()
            .into_bytes()
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect()
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
        let base = self.base.iter().filter_map(|known| known.search.clone());
        let kind = if self.parent.is_some() {
            Kind::Passing
        } else {
            Kind::Lasting
        };
        let own =
            [(&self.own, kind), (&self.taught, Kind::Passing)].map(|(known, kind)| searchable(known, kind).1);
        let searches: Vec<Arc<Search>> = base.chain(own.into_iter().flatten()).collect();
        masked(&searches, text).map_or(Cow::Borrowed(text), Cow::Owned)
    }
}

impl Known {
    fn spell_out(&mut self, kind: Kind) {
        for (secret, spelling) in std::mem::take(&mut self.unspelled) {
            for form in spellings(&secret) {
                self.spellings.entry(form).or_insert_with(|| spelling.clone());
            }
        }
        self.search = Search::over(&self.spellings, kind).map(Arc::new);
    }
}

/// What is known, ready to be searched for.
fn searchable(shared: &Shared, kind: Kind) -> (Arc<Known>, Option<Arc<Search>>) {
    let mut known = lock(shared);
    if !known.unspelled.is_empty() {
        Arc::make_mut(&mut known).spell_out(kind);
    }
    (known.clone(), known.search.clone())
}

/// The text with masks, the leftmost credential first and the longest where several begin; `None` when there is
/// nothing to mask.
fn masked(searches: &[Arc<Search>], text: &str) -> Option<String> {
    let mut next: Vec<Option<Found<'_>>> = searches.iter().map(|search| search.next(text, 0)).collect();
    let (mut out, mut done) = (String::new(), 0);
    while let Some(first) = next
        .iter()
        .flatten()
        .min_by_key(|found| (found.start, std::cmp::Reverse(found.end)))
    {
        out.push_str(&text[done..first.start]);
        out.push_str(first.mask);
        done = first.end;
        for (search, next) in searches.iter().zip(&mut next) {
            if next.as_ref().is_some_and(|found| found.start < done) {
                *next = search.next(text, done);
            }
        }
    }
    (done > 0).then(|| {
        out.push_str(&text[done..]);
        out
    })
}

/// A credential in a text.
struct Found<'s> {
    start: usize,
    end: usize,
    mask: &'s str,
}

impl Search {
    fn over(spellings: &BTreeMap<String, Spelling>, kind: Kind) -> Option<Self> {
        let mut by_needle: BTreeMap<&[u8], Vec<(String, Spelling)>> = BTreeMap::new();
        for (form, spelling) in spellings {
            let most = if spelling.beginnings && form.len() >= 2 * TELLTALE {
                TELLTALE
            } else {
                NEEDLE
            };
            let needle = &form.as_bytes()[..form.len().min(most)];
            by_needle
                .entry(needle)
                .or_default()
                .push((form.clone(), spelling.clone()));
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(match kind {
                Kind::Lasting => None,
                Kind::Passing => Some(AhoCorasickKind::NoncontiguousNFA),
            })
            .build(by_needle.keys())
            .ok()?;
        Some(Self {
            automaton,
            candidates: by_needle.into_values().collect(),
        })
    }

    /// The first credential from there on.
    fn next(&self, text: &str, mut from: usize) -> Option<Found<'_>> {
        while let Some(hit) = self.automaton.find(Input::new(text).range(from..)) {
            let (start, here) = (hit.start(), &text[hit.start()..]);
            if let Some((length, mask)) = self.longest(hit.pattern().as_usize(), here) {
                let end = start + length;
                return Some(Found { start, end, mask });
            }
            // A needle that began like a credential but was none: look on from the next character.
            from = start + here.chars().next().map_or(1, char::len_utf8);
        }
        None
    }

    /// How much of the text is the credential, and its mask.
    fn longest(&self, needle: usize, here: &str) -> Option<(usize, &str)> {
        self.candidates[needle]
            .iter()
            .filter_map(|(form, spelling)| {
                let common = form.bytes().zip(here.bytes()).take_while(|(a, b)| a == b).count();
                let enough = common == form.len() || (spelling.beginnings && common >= TELLTALE);
                let end = (0..=common)
                    .rev()
                    .find(|i| here.is_char_boundary(*i))
                    .unwrap_or(0);
                (enough && end > 0).then_some((end, &*spelling.mask))
            })
            .max_by_key(|(length, _)| *length)
    }
}

fn lock(known: &Mutex<Arc<Known>>) -> std::sync::MutexGuard<'_, Arc<Known>> {
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
        assert!(
            text.as_str().starts_with("a [reader:") && text.as_str().contains("b [writer:"),
            "{text}"
        );
    }

    #[test]
    fn a_child_knows_what_its_parent_knew_and_teaches_it() {
        let parent = scrubber();
        parent.learn("a", "first-secret-value");
        let child = parent.child();
        child.learn("b", "second-secret-value");
        assert!(!child.clean("first-secret-value").as_str().contains("first"));
        assert!(!parent.clean("second-secret-value").as_str().contains("second"));
        assert!(
            parent
                .child()
                .clean("second-secret-value")
                .as_str()
                .contains("second")
        );
    }

    #[test]
    fn a_leaked_beginning_is_masked_but_not_that_of_a_derived_text() {
        let scrubber = scrubber();
        scrubber.learn("key", "fiok_0123456789abcdefghijklmnop");
        scrubber.learn_derived("value", "Authorization: Bearer XYZ0123456789");
        assert_eq!(
            scrubber
                .clean("fiok_0123456789abc…")
                .as_str()
                .matches('[')
                .count(),
            1
        );
        assert!(
            !scrubber
                .clean("got fiok_0123456789abc…")
                .as_str()
                .contains("0123456789")
        );
        assert_eq!(
            scrubber.clean("Authorization: none").as_str(),
            "Authorization: none"
        );
        assert!(
            !scrubber
                .clean("Authorization: Bearer XYZ0123456789")
                .as_str()
                .contains("XYZ")
        );
    }

    #[test]
    fn long_tokens_cost_little() {
        let scrubber = scrubber();
        for n in 0..200_u32 {
            scrubber.learn("long", &format!("{n:08}{}", "abcdefgh".repeat(512)));
        }
        assert!(
            !scrubber
                .clean(&format!("00000007{}", "abcdefgh".repeat(512)))
                .as_str()
                .contains("abcdefgh")
        );
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

        #[test]
        fn text_without_a_secret_is_unchanged(text in "[a-z ]{0,60}") {
            let scrubber = scrubber();
            scrubber.learn("it", "0123456789ABCDEF");
            let clean = scrubber.clean(&text);
            prop_assert_eq!(clean.as_str(), text.as_str());
        }
    }
}
