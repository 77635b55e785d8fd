//! Agreements that somebody gives on a page of this server (URL mode elicitation): what waits, and for whom.
//!
//! The page is the authorization server's, since it knows who sits at the browser; here is what it asks about. An
//! agreement is for one call of one credential, and is used up by it.

use std::collections::BTreeMap;

/// How long an agreement is waited for, and may be used, in seconds.
const PATIENCE: i64 = 600;
/// Agreements kept per world; beyond that those that end first go.
const CAPACITY: usize = 1_000;

/// An agreement that is waited for.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    /// The account that has to agree: the one that called.
    pub(crate) user: String,
    /// The credential that called.
    credential: String,
    /// Digest of what was called.
    what: String,
    /// Unix seconds.
    until: i64,
    agreed: bool,
}

impl Link {
    pub(crate) fn new(user: &str, credential: &str, what: &str, now: i64) -> Self {
        Self {
            user: user.to_owned(),
            credential: credential.to_owned(),
            what: what.to_owned(),
            until: now + PATIENCE,
            agreed: false,
        }
    }

    fn is_for(&self, credential: &str, what: &str, now: i64) -> bool {
        self.credential == credential && self.what == what && now <= self.until
    }
}

/// All that is waited for in a world, by the id in the address of the page.
#[derive(Debug, Default)]
pub(crate) struct Links {
    waiting: BTreeMap<String, Link>,
}

impl Links {
    pub(crate) fn ask(&mut self, id: String, link: Link, now: i64) {
        self.waiting.retain(|_, old| now <= old.until);
        if self.waiting.len() >= CAPACITY {
            let first = self.waiting.iter().min_by_key(|(_, old)| old.until);
            let first = first.map(|(id, _)| id.clone());
            first.map(|id| self.waiting.remove(&id));
        }
        self.waiting.insert(id, link);
    }

    pub(crate) fn get(&self, id: &str, now: i64) -> Option<&Link> {
        self.waiting.get(id).filter(|link| now <= link.until)
    }

    /// Somebody said yes, or no.
    pub(crate) fn decide(&mut self, id: &str, yes: bool) {
        match self.waiting.get_mut(id) {
            Some(link) if yes => link.agreed = true,
            _ => drop(self.waiting.remove(id)),
        }
    }

    /// Uses up an agreement to this call, if there is one.
    pub(crate) fn take(&mut self, credential: &str, what: &str, now: i64) -> bool {
        let agreed = self
            .waiting
            .iter()
            .find(|(_, link)| link.agreed && link.is_for(credential, what, now))
            .map(|(id, _)| id.clone());
        agreed.is_some_and(|id| self.waiting.remove(&id).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agreement_is_for_one_call_of_one_credential() {
        let mut links = Links::default();
        links.ask("a".to_owned(), Link::new("alice", "key", "what", 0), 0);
        assert!(!links.take("key", "what", 0));
        links.decide("a", true);
        assert!(!links.take("other", "what", 0));
        assert!(!links.take("key", "else", 0));
        assert!(!links.take("key", "what", PATIENCE + 1));
        assert!(links.take("key", "what", 0));
        assert!(!links.take("key", "what", 0));
    }

    #[test]
    fn who_says_no_is_not_asked_again() {
        let mut links = Links::default();
        links.ask("a".to_owned(), Link::new("alice", "key", "what", 0), 0);
        links.decide("a", false);
        assert!(links.get("a", 0).is_none());
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut links = Links::default();
        for number in 0..=CAPACITY {
            links.ask(number.to_string(), Link::new("alice", "key", "what", 0), 0);
        }
        assert_eq!(links.waiting.len(), CAPACITY);
    }
}
