//! The eye on every exchange of a case: counts what came back and searches all of it for canaries. It judges nothing.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::expect::{Canaries, bytes_read};
use crate::secret::Secret;
use crate::target::ResolvedPrincipal;
use crate::wire::{Exchange, Watch};

/// What a case's answers held.
pub struct Scan {
    canaries: Arc<Canaries>,
    callers: Vec<ResolvedPrincipal>,
    /// Tokens that were obtained on the way, and whose they are.
    obtained: Mutex<Vec<(String, Secret)>>,
    calls: AtomicU64,
    bytes: AtomicU64,
}

impl Scan {
    /// Searches for these canaries, on behalf of these callers.
    pub(super) fn new(canaries: Arc<Canaries>, callers: &[ResolvedPrincipal]) -> Self {
        Self {
            canaries,
            callers: callers.to_vec(),
            obtained: Mutex::default(),
            calls: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }
    }

    /// From now on whoever presents this token is known.
    pub(super) fn knows(&self, principal: &str, token: &Secret) {
        let mut obtained = self.obtained.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = (principal.to_owned(), token.clone());
        if !obtained.contains(&entry) {
            obtained.push(entry);
        }
    }

    /// Answers and bytes searched so far.
    pub fn volume(&self) -> (u64, u64) {
        (
            self.calls.load(Ordering::Relaxed),
            self.bytes.load(Ordering::Relaxed),
        )
    }

    /// Principals of other tenants whose data an answer holds: a canary came back that nobody of the caller's tenant
    /// has, and that was not sent along. `None` where it is not known who called, or of which tenant that is.
    pub(super) fn strangers(&self, exchange: &Exchange) -> Option<Vec<String>> {
        let tenants: Option<BTreeSet<&str>> =
            self.senders(exchange).map(|one| one.tenant.as_deref()).collect();
        let tenants = tenants.filter(|tenants| !tenants.is_empty())?;
        if exchange.marks.is_empty() {
            return Some(Vec::new());
        }
        let sent = self.canaries.sent(exchange);
        let foreign: Vec<String> = exchange
            .marks
            .iter()
            .filter(|canary| !sent.contains(canary))
            .filter(|canary| {
                let holders = self.callers.iter();
                let holders = holders.filter(|one| self.canaries.of(&one.name).contains(canary));
                let theirs: Option<Vec<&str>> = holders.map(|one| one.tenant.as_deref()).collect();
                theirs.is_some_and(|theirs| {
                    !theirs.is_empty() && theirs.iter().all(|one| !tenants.contains(one))
                })
            })
            .cloned()
            .collect();
        Some(
            self.canaries
                .owners(&foreign)
                .into_iter()
                .map(str::to_owned)
                .collect(),
        )
    }

    /// Whose credentials were presented, wherever in the request.
    fn senders<'a>(&'a self, exchange: &'a Exchange) -> impl Iterator<Item = &'a ResolvedPrincipal> {
        let sent = &exchange.request;
        let headers = sent.headers.iter().map(|(_, value)| value.as_slice());
        let texts = headers.chain([sent.line.as_bytes(), &sent.body[..]]);
        let texts: Vec<_> = texts.map(String::from_utf8_lossy).collect();
        let shows = move |token: &str| !token.is_empty() && texts.iter().any(|text| text.contains(token));
        let obtained = self
            .obtained
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        self.callers.iter().filter(move |one| {
            let own = one.bearer.as_ref().map(Secret::expose).unwrap_or_default();
            let mut later = obtained.iter().filter(|(name, _)| *name == one.name);
            shows(own) || later.any(|(_, token)| shows(token.expose()))
        })
    }
}

impl Watch for Scan {
    fn saw(&self, exchange: &Exchange) -> Vec<String> {
        if exchange.response.is_err() {
            return Vec::new();
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes_read(exchange), Ordering::Relaxed);
        let mut found = self.canaries.found(exchange);
        if found.iter().any(|canary| self.canaries.is_id(canary)) {
            // An id that was sent and is named again tells nobody anything.
            let sent = self.canaries.sent(exchange);
            found.retain(|canary| !(self.canaries.is_id(canary) && sent.contains(canary)));
        }
        found
    }
}
