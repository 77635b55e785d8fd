//! Whose data, and whose credentials, are in an answer: one search for all of them at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use aho_corasick::AhoCorasick;

use crate::load::callers::Callers;
use crate::load::transport::Template;
use crate::secret::{Secret, spellings};

/// What an answer held.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::load) struct Found {
    /// Something of the caller's own.
    pub(in crate::load) own: bool,
    /// Somebody of another tenant, whose data it held.
    pub(in crate::load) foreign: Option<String>,
}

/// What stands for a text in an answer, to one caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    Own,
    /// Of the same tenant, or sent along: it says nothing.
    Nothing,
    Foreign,
}

/// The canaries of a target, as the callers of a run see them.
#[derive(Debug)]
pub(in crate::load) struct Data {
    search: Option<AhoCorasick>,
    /// By pattern: whose.
    owners: Vec<String>,
    /// By caller and pattern.
    means: Vec<Vec<Means>>,
    /// By operation and caller: patterns that are sent along.
    sent: Vec<Vec<BTreeSet<usize>>>,
}

impl Data {
    /// `templates`: by operation and caller.
    pub(in crate::load) fn new(callers: &Callers, templates: &[Vec<Template>]) -> Self {
        let target = callers.world.target();
        let (by_principal, _) = target.canaries();
        let tenants: BTreeMap<&str, Option<&str>> = target
            .principals
            .iter()
            .map(|one| (one.name.as_str(), one.tenant.as_deref()))
            .collect();
        let mut holders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, canaries) in &by_principal {
            for canary in canaries {
                holders.entry(canary).or_default().push(name);
            }
        }
        let mut forms = Vec::new();
        let mut of = Vec::new();
        for (canary, names) in &holders {
            for form in spellings(canary) {
                forms.push(form);
                of.push(names);
            }
        }
        let means = callers.names.iter().map(|caller| {
            let tenant = tenants.get(caller.as_str()).copied().flatten();
            of.iter()
                .map(|names| means(caller, tenant, names, &tenants))
                .collect()
        });
        let mut data = Self {
            means: means.collect(),
            owners: of
                .iter()
                .map(|names| names.first().map_or("", |name| name).to_owned())
                .collect(),
            search: (!forms.is_empty())
                .then(|| AhoCorasick::new(&forms).ok())
                .flatten(),
            sent: Vec::new(),
        };
        data.sent = templates
            .iter()
            .map(|all| all.iter().map(|one| data.patterns(one)).collect())
            .collect();
        data
    }

    fn patterns(&self, template: &Template) -> BTreeSet<usize> {
        let Some(search) = &self.search else {
            return BTreeSet::new();
        };
        let mut sent = template.path().as_bytes().to_vec();
        sent.extend_from_slice(&template.body(0));
        search
            .find_overlapping_iter(&sent)
            .map(|found| found.pattern().as_usize())
            .collect()
    }

    /// Whether there is anything to look for.
    pub(in crate::load) fn knows_anything(&self) -> bool {
        self.search.is_some()
    }

    /// What an answer to that caller holds.
    pub(in crate::load) fn found(&self, operation: usize, caller: usize, body: &[u8]) -> Found {
        let mut found = Found::default();
        let (Some(search), Some(means)) = (&self.search, self.means.get(caller)) else {
            return found;
        };
        let sent = self.sent.get(operation).and_then(|all| all.get(caller));
        for place in search.find_overlapping_iter(body) {
            let pattern = place.pattern().as_usize();
            match means[pattern] {
                Means::Own => found.own = true,
                Means::Nothing => {}
                Means::Foreign if sent.is_some_and(|sent| sent.contains(&pattern)) => {}
                Means::Foreign => {
                    found.foreign = Some(self.owners[pattern].clone());
                    return found;
                }
            }
        }
        found
    }
}

/// A canary that nobody of the caller's tenant has is somebody else's; where a tenant is not known, nothing is said.
fn means(
    caller: &str,
    tenant: Option<&str>,
    holders: &[&str],
    tenants: &BTreeMap<&str, Option<&str>>,
) -> Means {
    if holders.contains(&caller) {
        return Means::Own;
    }
    let Some(tenant) = tenant else {
        return Means::Nothing;
    };
    let theirs = |name: &&str| tenants.get(*name).copied().flatten();
    let others = holders
        .iter()
        .all(|name| theirs(name).is_some_and(|other| other != tenant));
    if others { Means::Foreign } else { Means::Nothing }
}

/// Every credential that is presented, as it may stand in an answer. Renewals add to them: those that come together are
/// searched for together a moment later, because what is searched by has to be built anew.
#[derive(Debug, Default)]
pub(in crate::load) struct Tokens {
    known: RwLock<Arc<Known>>,
    waiting: Mutex<Vec<(String, Secret)>>,
}

#[derive(Debug, Default)]
struct Known {
    tokens: Vec<(String, Secret)>,
    search: Option<AhoCorasick>,
}

/// So many of the latest are looked for.
const MOST: usize = 20_000;

impl Tokens {
    /// Adds a credential: whose, and which. [`Tokens::settle`] has it searched for.
    pub(in crate::load) fn learn(&self, name: &str, token: Secret) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push((name.to_owned(), token));
    }

    /// Takes in what was learned. Whoever searches meanwhile searches by what was known before.
    pub(in crate::load) fn settle(&self) {
        let more = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if more.is_empty() {
            return;
        }
        let mut tokens = self.known().tokens.clone();
        tokens.extend(more);
        let surplus = tokens.len().saturating_sub(MOST);
        tokens.drain(..surplus);
        let search = AhoCorasick::new(tokens.iter().map(|(_, token)| token.expose())).ok();
        let new = Arc::new(Known { tokens, search });
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = new;
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whose credential a body holds.
    pub(in crate::load) fn in_body(&self, body: &[u8]) -> Option<String> {
        let known = self.known();
        let found = known.search.as_ref()?.find(body)?;
        known
            .tokens
            .get(found.pattern().as_usize())
            .map(|(name, _)| name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_a_canary_is() {
        let tenants = BTreeMap::from([
            ("ann", Some("a")),
            ("al", Some("a")),
            ("bob", Some("b")),
            ("eve", None),
        ]);
        let of = |caller: &str, holders: &[&str]| means(caller, tenants[caller], holders, &tenants);
        assert_eq!(of("ann", &["ann"]), Means::Own);
        assert_eq!(of("ann", &["al"]), Means::Nothing);
        assert_eq!(of("ann", &["bob"]), Means::Foreign);
        assert_eq!(of("ann", &["bob", "al"]), Means::Nothing);
        assert_eq!(of("ann", &["eve"]), Means::Nothing);
        assert_eq!(of("eve", &["bob"]), Means::Nothing);
    }

    #[test]
    fn a_credential_in_a_body_is_its_owners() {
        let tokens = Tokens::default();
        assert_eq!(tokens.in_body(b"anything"), None);
        tokens.learn("ann", Secret::new("tok-ann-1"));
        tokens.settle();
        tokens.learn("bob", Secret::new("tok-bob-1"));
        assert_eq!(tokens.in_body(b"x tok-bob-1 y"), None);
        tokens.settle();
        assert_eq!(tokens.in_body(b"x tok-bob-1 y").as_deref(), Some("bob"));
        assert_eq!(tokens.in_body(b"tok-ann").as_deref(), None);
    }
}
